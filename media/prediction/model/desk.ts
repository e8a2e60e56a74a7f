// What every view of the panel is given: the prediction, how the panel stands, and its way out.
import type {
  FindingView,
  FromWebview,
  Place,
  PredictionView,
  Section,
} from '../../../server/src/protocol/index.ts';

/** How the panel stands; kept by the editor, so that it comes back after a reload. */
export interface Ui {
  readonly section: Section;
  /** The scrubber's moment on the start and on the shutdown; null while it rests. */
  readonly startMoment: number | null;
  readonly endMoment: number | null;
  readonly cause: string;
  /** The order verdict that is drawn. */
  readonly verdict: string | null;
  readonly stretched: boolean;
  readonly collapsed: readonly string[];
  readonly speed: number;
  readonly knobsOpen: boolean;
  /** Knobs that were turned. */
  readonly values: Readonly<Record<string, string>>;
}

export const FIRST_UI: Ui = {
  section: 'overview',
  startMoment: null,
  endMoment: null,
  cause: 'delete',
  verdict: null,
  stretched: true,
  collapsed: [],
  speed: 1,
  knobsOpen: false,
  values: {},
};

export interface Desk {
  readonly view: PredictionView;
  /** The manifest as it is, while `view` is a what-if. */
  readonly baseline: PredictionView | null;
  readonly ui: Ui;
  /** Draws what is in sight first, and the rest behind it. */
  readonly gradual?: boolean;
  /** Pixels that a drawing has. */
  readonly width: number;
  readonly change: (change: Partial<Ui>) => void;
  readonly send: (message: FromWebview) => void;
}

const SEVERITIES = ['error', 'warning', 'information'] as const;

/** The gravest first, otherwise in the order of the text. */
export function byGravity(findings: readonly FindingView[]): readonly FindingView[] {
  return findings.toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity),
  );
}

/** `web.yaml:12`. */
export function placeName({ uri, range }: Place): string {
  const file = uri.slice(uri.lastIndexOf('/') + 1);
  return `${decode(file)}:${range.start.line + 1}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
