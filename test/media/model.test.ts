import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toMarkdown, toMermaid } from '../../media/prediction/export/words.ts';
import { diffLines, yamlPaths } from '../../media/prediction/model/diff.ts';
import {
  momentOf,
  phasesAt,
  placesAt,
  shutdownStrips,
} from '../../media/prediction/model/moment.ts';
import { barsOf } from '../../media/prediction/model/time-bars.ts';
import { layOut } from '../../media/prediction/model/timeline-layout.ts';
import {
  formatTick,
  formatTime,
  formatWindow,
  panBy,
  ticks,
  timeScale,
  WHOLE,
  zoomAt,
} from '../../media/prediction/model/time.ts';
import { twoLanesOf } from '../../media/prediction/model/two-lanes.ts';
import { nextEvent } from '../../media/prediction/parts/scrubber.tsx';
import type { EventView, TimelineView } from '../../server/src/protocol/index.ts';
import { exampleView } from '../support/example-views.ts';

describe('times', () => {
  it.each([
    [0, '0s'],
    [0.005, '0.005s'],
    [0.025, '0.03s'],
    [3.34, '3.3s'],
    [30, '30s'],
    [40.65, '40.7s'],
    [90, '1m 30s'],
    [120, '2m'],
    [3600, '1h'],
    [Number.POSITIVE_INFINITY, '∞'],
  ])('%s seconds read %s', (seconds, text) => expect(formatTime(seconds)).toBe(text));

  it('the ticks of an axis that was zoomed into stay apart', () => {
    expect([3.25, 3.3, 12].map(formatTick)).toEqual(['3.25s', '3.3s', '12s']);
  });

  it('a window reads by its ends', () => {
    expect(formatWindow({ earliest: 2, latest: 2 })).toBe('at 2s');
    expect(formatWindow({ earliest: 2, latest: 4.5 })).toBe('2s to 4.5s');
    expect(formatWindow({ earliest: 30, latest: null })).toBe('30s or later');
  });
});

const zooms = fc
  .tuple(fc.double({ min: 0.05, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }))
  .map(([factor, by]) => panBy(zoomAt(WHOLE, factor), by));

const scales = fc.record({
  left: fc.integer({ min: 0, max: 200 }),
  right: fc.integer({ min: 320, max: 2000 }),
  horizon: fc.double({ min: 0.5, max: 100_000, noNaN: true }),
  zoom: zooms,
  stretched: fc.boolean(),
});

describe('the time axis', () => {
  it('answers a place with the time that is drawn there', () => {
    fc.assert(
      fc.property(scales, fc.double({ min: 0, max: 1, noNaN: true }), (options, fraction) => {
        const scale = timeScale(options);
        const time = fraction * options.horizon;
        expect(scale.time(scale.x(time))).toBeCloseTo(time, 3);
      }),
    );
  });

  it('writes its times apart, in order, and within the drawing', () => {
    fc.assert(
      fc.property(scales, (options) => {
        const scale = timeScale(options);
        const places = ticks(scale).map((it) => scale.x(it));
        for (const [index, x] of places.entries()) {
          expect(x).toBeGreaterThanOrEqual(scale.left - 1);
          expect(x).toBeLessThanOrEqual(scale.right);
          if (index > 0) expect(x - (places[index - 1] ?? 0)).toBeGreaterThan(30);
        }
      }),
    );
  });

  it('zooming and panning never leave the drawing', () => {
    fc.assert(
      fc.property(zooms, fc.double({ min: 0.1, max: 10, noNaN: true }), (zoom, factor) => {
        const next = panBy(zoomAt(zoom, factor, 0.3), 0.7);
        expect(next.from).toBeGreaterThanOrEqual(0);
        expect(next.to).toBeLessThanOrEqual(1 + 1e-9);
        expect(next.to).toBeGreaterThan(next.from);
      }),
    );
  });
});

describe('the layout of a timeline', () => {
  it.each([320, 700, 1400])('at %i pixels no bar or word lies on another of its lane', (width) => {
    const timeline = exampleView('checkout').shutdowns[0]?.timeline;
    if (!timeline) throw new Error('no shutdown');
    const layout = layOut(timeline, {
      scale: timeScale({
        left: 8,
        right: width,
        horizon: timeline.horizon,
        zoom: WHOLE,
        stretched: true,
      }),
      collapsed: new Set(),
      narrow: false,
      states: 'first',
      groups: [],
      baseline: null,
    });
    for (const { bars } of layout.lanes) {
      for (const [index, a] of bars.entries()) {
        for (const b of bars.slice(index + 1)) {
          if (Math.abs(a.y - b.y) >= 6) continue;
          expect(a.x2 < b.x1 || b.x2 < a.x1, `${a.bar.id} lies on ${b.bar.id}`).toBe(true);
        }
      }
    }
  });
});

describe('a moment', () => {
  const timeline = exampleView('web').shutdowns[0]?.timeline as TimelineView;

  it('knows what has surely happened and what may have', () => {
    const { done, maybe } = momentOf(timeline, 1);
    expect(done.map((it) => it.id)).toContain('deletion-marked');
    expect(maybe.map((it) => it.id)).toContain('forgotten:cluster-ip/web');
    expect([...done, ...maybe].map((it) => it.id)).not.toContain('sigkill:app');
  });

  it('lights the lines of what may be happening', () => {
    const places = placesAt(timeline, 1);
    expect(places.length).toBeGreaterThan(0);
    expect(placesAt(timeline, 0)).toEqual([]);
  });

  it('steps to where something can begin or must have ended', () => {
    const first = nextEvent(timeline, 0, 1);
    expect(first).toBeGreaterThan(0);
    expect(nextEvent(timeline, first, -1)).toBe(0);
    expect(nextEvent(timeline, timeline.horizon, 1)).toBe(timeline.horizon);
  });

  it('leaves open which phase an endpoint is in while its change is under way', () => {
    const strip = shutdownStrips(timeline)[0];
    if (!strip) throw new Error('no endpoint');
    expect(phasesAt(strip, 0).map((it) => it.label)).toEqual(['ready']);
    expect(phasesAt(strip, 0.1).map((it) => it.label)).toEqual(['ready', 'terminating']);
    expect(phasesAt(strip, 1e6).map((it) => it.label)).toEqual(['not in a slice']);
  });
});

describe('the diff of submitted and stored', () => {
  it('turns one text into the other', () => {
    const text = fc
      .array(fc.constantFrom('a: 1', 'b:', '  c: 2', '  - d', '- e: 3'), { maxLength: 14 })
      .map((it) => it.join('\n'));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const diff = diffLines(before, after, []);
        const left = diff.filter((it) => it.kind !== 'added').map((it) => it.text);
        const right = diff.filter((it) => it.kind !== 'removed').map((it) => it.text);
        expect(left.join('\n')).toBe(before);
        expect(right.join('\n')).toBe(after);
      }),
    );
  });

  it('knows the path of each line', () => {
    const text = 'spec:\n  containers:\n    - name: app\n      ports:\n        - 80\n  x: 1\n';
    expect(yamlPaths(text)).toEqual([
      'spec',
      'spec.containers',
      'spec.containers[0].name',
      'spec.containers[0].ports',
      'spec.containers[0].ports[0]',
      'spec.x',
    ]);
  });

  it('names the author of what the server has added', () => {
    const { submitted, stored, mutations } = exampleView('web').admission;
    const added = diffLines(submitted, stored, mutations).filter((it) => it.kind === 'added');
    expect(added.length).toBeGreaterThan(5);
    const unknown = added.filter((it) => it.mutation === null);
    expect(unknown.length / added.length).toBeLessThan(0.2);
  });
});

describe('words to take along', () => {
  it('Markdown has the orders, a table, and a sequence', () => {
    const text = toMarkdown(exampleView('web'), 'delete');
    expect(text).toContain('✕ app accepts until');
    expect(text).toContain('| When | Component | What | Certainty |');
    expect(text).toContain('```mermaid\nsequenceDiagram');
  });

  it('Mermaid names each participant before it is used', () => {
    for (const shutdown of exampleView('checkout').shutdowns) {
      const lines = toMermaid(shutdown).split('\n');
      const known = new Set(lines.flatMap((it) => /^ {2}participant (p\d+)/.exec(it)?.[1] ?? []));
      const used = lines.flatMap((it) => /note over ([p\d,]+):/.exec(it)?.[1]?.split(',') ?? []);
      expect(used.filter((it) => !known.has(it))).toEqual([]);
      expect(lines.slice(1).every((it) => !it.includes(';'))).toBe(true);
    }
  });
});

it('a span without its events is left out, not drawn from nowhere', () => {
  const event: EventView = {
    id: 'a',
    lane: 'x',
    label: 'a',
    window: { earliest: 0, latest: null },
    certainty: 'exact',
    message: '',
    restsOn: [],
    place: null,
    describe: [],
  };
  const span = {
    id: 's',
    lane: 'x',
    label: 's',
    from: 'a',
    to: 'gone',
    certainty: 'exact',
    message: '',
    place: null,
    style: 'hook',
  } as const;
  const view: TimelineView = {
    origin: '',
    lanes: [],
    events: [event],
    spans: [span],
    horizon: 1,
  };
  expect(barsOf(view, 'none').map((it) => it.id)).toEqual(['a']);
});

describe('a bar', () => {
  const views = ['web', 'checkout', 'database', 'nightly', 'recommend'].map((it) =>
    exampleView(it),
  );
  const timelines = views.flatMap((it) => [
    ...(it.startup ? [it.startup] : []),
    ...it.shutdowns.map(({ timeline }) => timeline),
  ]);

  it('says why it is so long: what its bounds add up from, or the field that sets it', () => {
    const silent = timelines
      .flatMap((it) => barsOf(it, 'first'))
      .filter(({ from, to }) => to.latest === null || to.latest - from.earliest > 0.001)
      .filter((it) => it.message === '' || (it.restsOn.length === 0 && !it.place))
      .map((it) => it.id);
    expect(silent).toEqual([]);
  });
});

describe('the two lanes', () => {
  const lanesOf = (name: string, cause = 'delete') => {
    const shutdown = exampleView(name).shutdowns.find((it) => it.cause === cause);
    return shutdown && twoLanesOf(shutdown);
  };

  it('show from when to when a connection may be refused', () => {
    const [app] = lanesOf('web')?.apps ?? [];
    expect(app?.race).toMatchObject({ earliest: 0.025 });
    expect(app?.race?.message).toMatch(/refused/);
    expect(app?.holds).toBeNull();
  });

  it('show what is to spare where none is', () => {
    const [app] = lanesOf('checkout')?.apps ?? [];
    expect(app).toMatchObject({ race: null, holds: '26.82s to spare' });
  });

  it('mark the step of the right order that can break, and the one nobody can tell of', () => {
    const track = lanesOf('web')?.track ?? [];
    expect(track.map(({ label, holds }) => [label, holds])).toEqual([
      ['nobody sends', true],
      ['stops accepting', false],
      ['requests end', true],
      ['exits', null],
    ]);
  });

  it('have one lane, of how long it runs, where no Service sends to the pod', () => {
    const lanes = lanesOf('nightly');
    expect(lanes?.sends).toBeNull();
    expect(lanes?.track).toEqual([]);
    expect(lanes?.apps.map((it) => it.name)).toEqual(['report']);
  });
});
