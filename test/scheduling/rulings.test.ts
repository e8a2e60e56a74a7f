import { describe, expect, test } from 'vitest';
import { rulings, simulatorAnnotations } from '../../server/src/scheduling/index.ts';
import { bound, node, pod, world } from './world.ts';

const WORLD = [
  node('node-a', { spec: '{ taints: [{ key: spot, effect: NoSchedule }] }', labels: 'disk: ssd' }),
  node('node-b', { labels: 'disk: ssd' }),
  node('node-c', { cpu: '1' }),
  bound('db', 'node-c'),
].join('---');
const WEB = pod(`{ nodeSelector: { disk: ssd },
  containers: [{ name: app, image: a, resources: { requests: { cpu: "1" } } }] }`);

describe('rulings', () => {
  test('tell of each plugin alone which nodes it rules in and out', () => {
    const told = rulings(WEB, world(WORLD), [
      'TaintToleration',
      'NodeAffinity',
      'NodeResourcesFit',
    ]);
    expect(
      told.map((it) => [it.plugin, it.admits, it.refuses.map(({ nodeName }) => nodeName)]),
    ).toEqual([
      ['TaintToleration', ['node-b', 'node-c'], ['node-a']],
      ['NodeAffinity', ['node-a', 'node-b'], ['node-c']],
      ['NodeResourcesFit', ['node-a', 'node-b'], ['node-c']],
    ]);
  });

  test('leave out plugins that have nothing to say about the pod', () => {
    expect(rulings(pod(), world(WORLD)).map((it) => it.plugin)).not.toContain('NodeAffinity');
  });
});

describe('the annotations of kube-scheduler-simulator', () => {
  const key = (name: string) => `kube-scheduler-simulator.sigs.k8s.io/${name}`;

  test('hold what passed, what refused, the scores and the chosen node', () => {
    const annotations = simulatorAnnotations(WEB, world(WORLD));
    const read = (name: string): unknown => JSON.parse(annotations[key(name)] ?? 'null');
    expect(annotations[key('selected-node')]).toBe('node-b');
    expect(read('prefilter-result-status')).toMatchObject({
      NodeAffinity: 'success',
      NodePorts: '',
    });
    expect(read('filter-result')).toEqual({
      'node-a': {
        NodeUnschedulable: 'passed',
        NodeName: 'passed',
        TaintToleration: 'node(s) had untolerated taint(s)',
      },
      'node-b': {
        NodeUnschedulable: 'passed',
        NodeName: 'passed',
        TaintToleration: 'passed',
        NodeAffinity: 'passed',
        NodeResourcesFit: 'passed',
      },
      'node-c': {
        NodeUnschedulable: 'passed',
        NodeName: 'passed',
        TaintToleration: 'passed',
        NodeAffinity: "node(s) didn't match Pod's node affinity/selector",
      },
    });
    expect(read('prescore-result')).toMatchObject({ TaintToleration: 'success', NodeAffinity: '' });
    expect(read('score-result')).toMatchObject({ 'node-b': { TaintToleration: '0' } });
    expect(read('finalscore-result')).toMatchObject({ 'node-b': { TaintToleration: '300' } });
  });

  test('are none for a gated pod, and name no node for one that fits nowhere', () => {
    expect(simulatorAnnotations(pod('schedulingGates: [{ name: a }]'), world(WORLD))).toEqual({});
    const nowhere = simulatorAnnotations(pod('nodeSelector: { disk: none }'), world(WORLD));
    expect(nowhere).not.toHaveProperty([key('selected-node')]);
    expect(nowhere[key('finalscore-result')]).toBe('{}');
  });
});
