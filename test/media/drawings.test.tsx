import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { VNode } from 'preact';
import { render } from 'preact-render-to-string';
import { expect, test } from 'vitest';
import { Capacity } from '../../media/prediction/charts/capacity.tsx';
import { EndpointStrips } from '../../media/prediction/charts/endpoint-strip.tsx';
import { layoutOf, Timeline, type TimelineProps } from '../../media/prediction/charts/timeline.tsx';
import { FIRST_UI, type Desk } from '../../media/prediction/model/desk.ts';
import { shutdownStrips } from '../../media/prediction/model/moment.ts';
import { WHOLE } from '../../media/prediction/model/time.ts';
import { Admission } from '../../media/prediction/views/admission.tsx';
import { Findings } from '../../media/prediction/views/findings.tsx';
import { Overview } from '../../media/prediction/views/overview.tsx';
import { Scheduling } from '../../media/prediction/views/scheduling.tsx';
import { START_GROUPS } from '../../media/prediction/views/lifecycle.tsx';
import {
  bandOf,
  drawnVerdict,
  SHUTDOWN_GROUPS,
  stepsOf,
} from '../../media/prediction/views/shutdown.tsx';
import type { FindingView, PredictionView } from '../../server/src/protocol/index.ts';
import { exampleView } from '../support/example-views.ts';

const FOLDER = 'test/goldens/panel';
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
  const file = `${FOLDER}/${name}`;
  const text = `${render(drawing).replace(/></g, '>\n<')}\n`;
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

test.each(['web', 'checkout', 'database', 'nightly', 'recommend'])(
  'the start of %s is drawn as it was',
  (name) => expectGolden(`${name}-lifecycle.svg`, draw(start(exampleView(name)))),
);

test.each([
  ['web', 'delete'],
  ['checkout', 'delete'],
  ['checkout', 'rollout'],
  ['database', 'drain'],
])('the end of %s by %s is drawn as it was', (name, cause) => {
  expectGolden(`${name}-${cause}.svg`, draw(shutdown(exampleView(name), cause)));
});

test('a what-if is drawn over the manifest as it is', () => {
  const before = shutdown(exampleView('web'), 'delete');
  const after = shutdown(exampleView('web', { preStop: '12', grace: '40' }), 'delete');
  const drawing = draw({ ...after, baseline: before.view, moment: 3 });
  expect(render(drawing)).toContain('class="ghost"');
  expectGolden('web-what-if.svg', drawing);
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
  fixes: [{ title: 'Set the grace period to 25s', uri: 'file:///web.yaml', changes: [] }],
};

const VIEWS = {
  overview: Overview,
  admission: Admission,
  scheduling: Scheduling,
  findings: Findings,
};

test.each([
  ['web', 'overview'],
  ['web', 'admission'],
  ['web', 'findings'],
  ['recommend', 'scheduling'],
] as const)('the words about %s in %s are as they were', (name, section) => {
  const View = VIEWS[section];
  const desk: Desk = {
    // What rules say of the examples grows with the rules: one finding stands for all.
    view: { ...exampleView(name), findings: [FINDING] },
    baseline: null,
    ui: FIRST_UI,
    width: 960,
    change: () => {},
    send: () => {},
  };
  expectGolden(`${name}-${section}.txt`, <View desk={desk} />);
});
