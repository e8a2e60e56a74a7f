/**
 * How a pod's life speaks to those that send it traffic: a row of spans, each with the window in
 * which it begins. Lifecycle writes it, endpoints read it.
 */

/** What the pod's status says from a moment on. */
export interface PodStatusSpan {
  /** When the span begins at the earliest, in seconds after the pod's creation. */
  readonly earliest: number;
  readonly latest: number;
  readonly hasIP: boolean;
  /** The condition Ready; an endpoint's `serving`. */
  readonly ready: boolean;
  /** The pod has a deletionTimestamp; an endpoint's `terminating`. */
  readonly terminating: boolean;
  /** The phase is Succeeded or Failed: the pod is no endpoint any more. */
  readonly terminal: boolean;
  /** The object is gone. */
  readonly gone: boolean;
}

/** All spans, in order; the first begins with the pod. */
export interface PodStatusHistory {
  readonly spans: readonly PodStatusSpan[];
}
