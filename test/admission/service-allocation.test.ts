import { describe, expect, test } from 'vitest';
import { admitYaml } from '../../server/src/admission/index.ts';
import { ClusterSnapshot } from '../../server/src/cluster/index.ts';

const snapshot = new ClusterSnapshot([]);
const serviceClusterIpRanges = ['10.96.0.0/16'];

function create(spec: string, options: object = { serviceClusterIpRanges }) {
  const text = `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: ${spec}\n`;
  const result = admitYaml(text, { kind: 'Service', snapshot, options });
  const stored = result?.object as { spec?: Record<string, unknown> } | undefined;
  return { message: result?.message, spec: stored?.spec };
}

const invalid = (field: string, rest: string) =>
  `Service "web" is invalid: ${field}: Invalid value: ${rest}`;

describe('what the API server allocates for a Service', () => {
  test('ports with one number share a node port', () => {
    const ports = '[{name: a, port: 53}, {name: b, port: 53, protocol: UDP}, {name: c, port: 80}]';
    const { spec } = create(`{type: NodePort, ports: ${ports}}`);
    const list = (spec?.['ports'] ?? []) as { nodePort: number }[];
    const [a, b, c] = list.map((it) => it.nodePort);
    expect(a).toBe(b);
    expect(c).not.toBe(a);
  });

  test('a headless Service without selector asks for both families, one with selector for one', () => {
    expect(create('{clusterIP: None}').spec?.['ipFamilies']).toEqual(['IPv4', 'IPv6']);
    expect(create('{clusterIP: None, selector: {a: b}}').spec?.['ipFamilies']).toEqual(['IPv4']);
  });

  test('an address outside of the range is refused before anything else is looked at', () => {
    expect(create('{clusterIP: 10.97.0.1, ports: [{port: 0}]}').message).toContain(
      'failed to allocate IP 10.97.0.1: the provided IP (10.97.0.1) is not in the valid range',
    );
    expect(create('{clusterIP: 10.97.0.1, ports: [{port: 80}]}', {}).message).toBeUndefined();
  });

  test('a node port out of range is refused, but not by a dry run', () => {
    const spec = '{type: NodePort, ports: [{port: 80, nodePort: 80}]}';
    expect(create(spec).message).toBe(
      invalid(
        'spec.ports[0].nodePort',
        '80: provided port is not in the valid range. The range of valid ports is 30000-32767',
      ),
    );
    expect(create(spec, { dryRun: true }).message).toBeUndefined();
  });

  test('the first and the last address of a range cannot be had', () => {
    for (const ip of ['10.96.0.0', '10.96.255.255']) {
      const { message } = create(`{clusterIP: ${ip}, ports: [{port: 80}]}`);
      expect(message).toContain(`failed to allocate IP ${ip}`);
    }
    expect(create('{clusterIP: 10.96.255.254, ports: [{port: 80}]}').message).toBeUndefined();
  });

  test('a health check port that a port has is an error of the server', () => {
    const ports = '[{port: 80, nodePort: 31000}]';
    const local = 'type: LoadBalancer, externalTrafficPolicy: Local';
    expect(create(`{${local}, healthCheckNodePort: 31000, ports: ${ports}}`).message).toBe(
      'Internal error occurred: failed to allocate requested HealthCheck NodePort 31000:' +
        ' provided port is already allocated',
    );
  });

  test('two families are asked of a cluster with one', () => {
    expect(create('{ipFamilyPolicy: RequireDualStack, ports: [{port: 80}]}').message).toBe(
      invalid(
        'spec.ipFamilyPolicy',
        '"RequireDualStack": this cluster is not configured for dual-stack services',
      ),
    );
  });
});
