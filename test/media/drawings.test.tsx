import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import { expect, test } from 'vitest';
import { App } from '../../media/prediction/app.tsx';
import { Capacity } from '../../media/prediction/charts/capacity.tsx';
import { EndpointStrips } from '../../media/prediction/charts/endpoint-strip.tsx';
import { layoutOf, Timeline, type TimelineProps } from '../../media/prediction/charts/timeline.tsx';
import { TwoLanesChart } from '../../media/prediction/charts/two-lanes.tsx';
import { FIRST_UI, type Desk, type Ui } from '../../media/prediction/model/desk.ts';
import { shutdownStrips } from '../../media/prediction/model/moment.ts';
import { WHOLE } from '../../media/prediction/model/time.ts';
import { twoLanesOf } from '../../media/prediction/model/two-lanes.ts';
import { Admission } from '../../media/prediction/views/admission.tsx';
import { Endpoints } from '../../media/prediction/views/endpoints.tsx';
import { Findings } from '../../media/prediction/views/findings.tsx';
import { Overview } from '../../media/prediction/views/overview.tsx';
import { Scheduling } from '../../media/prediction/views/scheduling.tsx';
import { Lifecycle, START_GROUPS } from '../../media/prediction/views/lifecycle.tsx';
import { Rollout } from '../../media/prediction/views/rollout.tsx';
import {
  bandOf,
  drawnVerdict,
  Shutdown,
  SHUTDOWN_GROUPS,
  stepsOf,
} from '../../media/prediction/views/shutdown.tsx';
import type { FindingView, PredictionView, Section } from '../../server/src/protocol/index.ts';
import { exampleView } from '../support/example-views.ts';
import { outlineOf } from '../support/outline.ts';

const FOLDER = 'test/goldens/panel';
const EXAMPLES = ['web', 'checkout', 'database', 'nightly', 'recommend'];
const PLAIN: Omit<TimelineProps, 'name' | 'view' | 'groups' | 'states'> = {
  baseline: null,
  width: 960,
  zoom: WHOLE,
  stretched: true,
  collapsed: new Set(),
  band: null,
  steps: [],
  moment: null,
  stop: null,
};

/** Compares with the text on file; `UPDATE_EXPECT=1` writes it. */
function expectGolden(name: string, drawing: VNode): void {
  expectText(name, `${render(drawing).replace(/></g, '>\n<')}\n`);
}

function expectText(name: string, text: string): void {
  const file = `${FOLDER}/${name}`;
  if (process.env['UPDATE_EXPECT']) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(file, text);
  }
  const expected = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (text !== expected) writeFileSync(file.replace(/(\.\w+)$/, '-changed$1'), text);
  // A difference of whole drawings tells nothing; the file beside does.
  expect(text === expected, `${file} differs from what is drawn`).toBe(true);
}

function draw(props: TimelineProps): VNode {
  return <Timeline {...props} layout={layoutOf(props)} />;
}

function start(view: PredictionView): TimelineProps {
  if (!view.startup) throw new Error('nothing starts');
  return { ...PLAIN, name: 'Start', view: view.startup, groups: START_GROUPS, states: 'none' };
}

function shutdown(view: PredictionView, cause: string): TimelineProps {
  const found = view.shutdowns.find((it) => it.cause === cause);
  if (!found) throw new Error(`no ${cause}`);
  const verdict = drawnVerdict(found, null);
  return {
    ...PLAIN,
    name: 'Shutdown',
    view: found.timeline,
    groups: SHUTDOWN_GROUPS,
    states: 'first',
    band: bandOf(verdict),
    steps: stepsOf(verdict),
  };
}

// Coordinates of one timeline of each kind; of the others the outlines below hold the structure.
test('a start is drawn as it was', () => {
  expectGolden('nightly-lifecycle.svg', draw(start(exampleView('nightly'))));
});

test('an end is drawn as it was', () => {
  expectGolden('web-delete.svg', draw(shutdown(exampleView('web'), 'delete')));
});

test.each(['web', 'checkout'])('the two lanes of %s are drawn as they were', (name) => {
  const view = exampleView(name);
  const [shutdown] = view.shutdowns;
  const lanes = shutdown && twoLanesOf(shutdown);
  if (!lanes) throw new Error('no lanes');
  expectGolden(
    `${name}-two-lanes.svg`,
    <TwoLanesChart name="From delete" lanes={lanes} stretched width={960} moment={null} />,
  );
});

test.each([
  ['delete', 'drain', 'eviction', 'rollout', 'node-shutdown', 'node-failure', 'liveness'],
])('the ends of checkout are the ones that can come to it', (...causes) => {
  expect(
    exampleView('checkout')
      .shutdowns.map((it) => it.cause)
      .sort(),
  ).toEqual(causes.sort());
  const bare = exampleView('recommend').shutdowns.map((it) => it.cause);
  expect(bare).not.toContain('rollout');
  expect(bare).not.toContain('liveness');
});

test('a what-if is drawn over the manifest as it is', () => {
  const before = shutdown(exampleView('web'), 'delete');
  const after = shutdown(exampleView('web', { preStop: '12', grace: '40' }), 'delete');
  const drawing = render(draw({ ...after, baseline: before.view, moment: 3 }));
  expect(drawing).toContain('class="ghost"');
  expect(drawing).toContain('class="cursor"');
});

test('a narrow column has the names above the lanes', () => {
  expectGolden(
    'web-narrow.svg',
    draw({
      ...shutdown(exampleView('web'), 'delete'),
      width: 340,
      collapsed: new Set(['kubelet']),
    }),
  );
});

test('a rollout is drawn as it was', () => {
  const { rollout } = exampleView('web');
  if (!rollout) throw new Error('no rollout');
  expectGolden('web-rollout.svg', <Capacity rollout={rollout} baseline={null} width={960} />);
});

test('endpoints over time are drawn as they were', () => {
  const timeline = exampleView('web').shutdowns[0]?.timeline;
  if (!timeline) throw new Error('no shutdown');
  expectGolden(
    'web-endpoints.svg',
    <EndpointStrips
      name="Endpoints"
      strips={shutdownStrips(timeline)}
      horizon={timeline.horizon}
      stretched
      width={960}
      moment={2}
    />,
  );
});

const FINDING: FindingView = {
  rule: 'prestop-outlives-grace-period',
  severity: 'error',
  message: 'preStop takes 15s of a 10s grace period',
  certainty: 'exact',
  place: {
    uri: 'file:///web.yaml',
    range: { start: { line: 3, character: 0 }, end: { line: 3, character: 4 } },
  },
  why: 'The kubelet takes the time of the hook off the grace period.',
  remedy: 'Raise the grace period.',
  witness: [{ at: 10, text: 'SIGKILL to app', event: 'sigkill:app' }],
  proof: ['the hook takes 15s'],
  fixes: [{ title: 'Set the grace period to 25s', files: [] }],
};

const VIEWS = {
  overview: Overview,
  lifecycle: Lifecycle,
  shutdown: Shutdown,
  admission: Admission,
  scheduling: Scheduling,
  endpoints: Endpoints,
  rollout: Rollout,
  findings: Findings,
} as const satisfies Record<Section, unknown>;

function deskOf(view: PredictionView, ui: Partial<Ui> = {}): Desk {
  return {
    // What rules say of the examples grows with the rules: one finding stands for all.
    view: {
      ...view,
      findings: [FINDING],
      verdicts: view.verdicts.filter((it) => it.section !== 'findings'),
    },
    baseline: null,
    ui: { ...FIRST_UI, ...ui },
    width: 960,
    change: () => {},
    send: () => {},
  };
}

/** What the bounds of an event add up from is in every row of a table: once is enough to read. */
function withoutBounds(text: string): string {
  return text.replaceAll(/ ?\.? Bounds: [^|\n]*/g, '');
}

test.each(EXAMPLES)('every view of %s says what it said', (name) => {
  const desk = deskOf(exampleView(name));
  const views = Object.entries(VIEWS).map(
    ([section, View]) => `== ${section} ==\n${outlineOf(render(<View desk={desk} />))}\n`,
  );
  expectText(`${name}.txt`, withoutBounds(views.join('\n')));
});

const INCIDENTS = [
  'distroless-sleep',
  'hook-fills-grace',
  'init-own-service',
  'load-balancer',
  'mesh-proxy-first',
  'volume-never-rolls',
];

test.each(INCIDENTS)(
  'the answers to %s before and after it was mended are as they were',
  (name) => {
    const texts = ['before', 'after'].map((when) => {
      const desk = deskOf(exampleView(`incidents/${when}/${name}`));
      const views = [Overview, Scheduling, Endpoints, Rollout].map((View) =>
        outlineOf(render(<View desk={desk} />)),
      );
      return `==== ${when} ====\n${views.join('\n')}\n`;
    });
    expectText(`incident-${name}.txt`, withoutBounds(texts.join('\n')));
  },
);

test('a node that is lost leaves its pods unreachable: nothing accepts, and no order is kept', () => {
  const view = exampleView('web');
  const found = view.shutdowns.find((it) => it.cause === 'node-failure');
  const lanes = found && twoLanesOf(found);
  expect(lanes?.apps[0]?.accepts).toEqual({ earliest: 0, latest: 0 });
  expect(lanes?.apps[0]?.race?.message).toMatch(/time out$/);
  expect(lanes?.track).toEqual([]);
  const text = outlineOf(render(<Shutdown desk={deskOf(view, { cause: 'node-failure' })} />));
  expect(text).not.toContain('accepts connections');
  expect(text).not.toContain('Sleep and grace');
});

test.each(['overview', 'lifecycle', 'shutdown', 'scheduling', 'endpoints', 'rollout'] as const)(
  'the %s of what is refused says that it would follow only if it were accepted',
  (section) => {
    const view = exampleView('web');
    const refused = { ...view, admission: { ...view.admission, allowed: false, code: 422 } };
    const drawn = (shown: PredictionView, at: Section) =>
      render(<App desk={deskOf(shown, { section: at })} pinned={false} />);
    expect(drawn(refused, section)).toContain('would follow if it were accepted');
    expect(drawn(view, section)).not.toContain('would follow if it were accepted');
    expect(drawn(refused, 'admission')).not.toContain('would follow if it were accepted');
  },
);

test('a rollout that sticks is marked where it does', () => {
  const { rollout } = exampleView('database', { nodeLost: 'true' });
  if (!rollout) throw new Error('no rollout');
  expect(rollout.outcome).toBe('stuck');
  const drawing = render(<Capacity rollout={rollout} baseline={null} width={960} />);
  expect(drawing).toContain('stuck: nothing moves from here');
  expect(drawing).toContain(`at least ${rollout.capacity.minAvailable} available`);
});

test('in the first frame only what is in sight has bars', () => {
  const whole = start(exampleView('checkout'));
  const bars = (drawing: VNode) => render(drawing).split('class="bar').length;
  expect(bars(draw({ ...whole, sight: 200 }))).toBeLessThan(bars(draw(whole)));
});

test('at a moment each component knows what it has seen, and kubectl describe its events', () => {
  const desk = deskOf(exampleView('checkout'), { startMoment: 4, endMoment: 31 });
  const words = [Lifecycle, Shutdown].map((View) => {
    const text = outlineOf(render(<View desk={desk} />));
    return text.slice(text.lastIndexOf('\nAt '));
  });
  expectText('checkout-moments.txt', withoutBounds(words.join('\n\n')));
});
