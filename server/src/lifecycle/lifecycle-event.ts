/**
 * What a pod's life is told in: events with windows, who does them, and the orders that matter.
 * An event's id is its kind, and behind a colon whom it concerns: `sigterm:web`,
 * `endpoint-removed:proxy`. Kinds are stable; rules and views ask for them by name.
 */
import type { Certainty, Explanation, TimeWindow } from '../explanation/index.ts';
import type { Citable } from '../manifest/index.ts';
import type { EventOrder } from './event-order.ts';
import type { NetworkEdge, TemporalNetwork } from './temporal-network.ts';

/** Who does something in a pod's life. */
export type Actor =
  | 'client'
  | 'api-server'
  | 'controller'
  | 'scheduler'
  | 'kubelet'
  | 'runtime'
  | 'app'
  | 'endpoint-slice-controller'
  | 'kube-proxy'
  | 'dns'
  | 'ingress'
  | 'load-balancer'
  | 'mesh'
  | 'peer';

/** Whom a lane belongs to, as the drawings group them. */
export type LaneGroup = 'client' | 'control-plane' | 'node' | 'container' | 'network';

/** One moment of a pod's life. */
export interface LifecycleEvent {
  readonly id: string;
  /** What happens: `sigterm`, `listening`, `slice-updated`. */
  readonly kind: string;
  /** The container, Service or consumer it concerns. */
  readonly subject: string | undefined;
  readonly actor: Actor;
  readonly lane: string;
  readonly label: string;
  readonly window: TimeWindow;
  /** The weakest of all the window rests on. */
  readonly certainty: Certainty;
  /** The profile parameters and app assumptions that the window rests on, the nearest last. */
  readonly assumptions: readonly string[];
  readonly explanation: Explanation;
  /** The field that sets when it happens, written or not. */
  readonly setBy: Citable | undefined;
}

/** A row of a drawing. */
export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly group: LaneGroup;
}

/** What exists from the moment it is written there. */
export const ETCD: Lane = { id: 'etcd', label: 'etcd', group: 'control-plane' };
/** Volumes that a driver makes, which are waited for longest. */
export const CSI: Lane = { id: 'csi', label: 'volumes (CSI)', group: 'node' };

/** How a stretch between two events is drawn. */
export type SpanStyle = 'serving' | 'hook' | 'drain' | 'propagation' | 'wait' | 'boot' | 'pull';

/** A stretch of time from one event to another. */
export interface LifecycleSpan {
  readonly id: string;
  readonly lane: string;
  readonly label: string;
  readonly from: string;
  readonly to: string;
  readonly style: SpanStyle;
  readonly certainty: Certainty;
  readonly explanation: Explanation;
  readonly setBy: Citable | undefined;
}

/** An order that should hold: `first` before `second`. Whether it does is what the bounds say. */
export interface ExpectedOrder {
  readonly id: string;
  /** «The app accepts until every node has forgotten it». */
  readonly label: string;
  readonly first: string;
  readonly second: string;
  /** What happens where the order is the other one. */
  readonly otherwise: string;
  readonly cites: readonly Citable[];
}

/** A pod's creation or one of its ends, over every run the bounds allow. */
export interface LifecycleTimeline {
  /** What the seconds count from. */
  readonly origin: string;
  /** In the order they can first happen. */
  readonly events: readonly LifecycleEvent[];
  readonly edges: readonly NetworkEdge[];
  readonly lanes: readonly Lane[];
  readonly spans: readonly LifecycleSpan[];
  readonly expected: readonly ExpectedOrder[];
  readonly network: TemporalNetwork;
  /** An event by its id. */
  event(id: string): LifecycleEvent | undefined;
  /** All events of a kind. */
  ofKind(kind: string): readonly LifecycleEvent[];
  /** Whether the bounds fix which of two events comes first; asked once, remembered. */
  order(a: string, b: string): EventOrder;
}

/** The id of an event. */
export function eventId(kind: string, subject?: string): string {
  return subject === undefined ? kind : `${kind}:${subject}`;
}
