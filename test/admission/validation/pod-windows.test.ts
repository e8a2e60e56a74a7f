import { expect, test } from 'vitest';
import { causesOf, podWith } from '../../support/admitted-pod.ts';

const OPTIONS = 'spec.containers[0].securityContext.windowsOptions';
const USER = `${OPTIONS}.runAsUserName: Invalid value:`;

function causes(windowsOptions: object, spec: object = {}): string[] {
  return causesOf(podWith(spec, { securityContext: { windowsOptions } }));
}

test.each<[string, string[]]>([
  ['ContainerUser', []],
  ['NT AUTHORITY\\Local Service', []],
  ['example.com\\user', []],
  ['', [`${USER} "": runAsUserName cannot be an empty string`]],
  ['a\tb', [`${USER} "a\\tb": runAsUserName cannot contain control characters`]],
  ['a\\b\\c', [`${USER} "a\\\\b\\\\c": runAsUserName cannot contain more than one backslash`]],
  ['a\\', [`${USER} "a\\\\": runAsUserName's User cannot be empty`]],
  [
    'a?b\\..',
    [
      `${USER} "a?b\\\\..": runAsUserName's Domain doesn't match the NetBios nor the DNS format`,
      `${USER} "a?b\\\\..": runAsUserName's User cannot contain only periods or spaces`,
    ],
  ],
  // A value behind a pointer prints as JSON.
  [
    'a<b',
    [
      `${USER} "a\\u003cb": runAsUserName's User cannot contain the following characters:` +
        ' "/\\:;|=,+*?<>@[]',
    ],
  ],
])('a Windows container runs as %j only where that can be a user', (runAsUserName, expected) => {
  expect(causes({ runAsUserName })).toEqual(expected);
});

test('a credential spec has a name that a resource can have, and is not empty', () => {
  const found = causes({ gmsaCredentialSpecName: 'A', gmsaCredentialSpec: '' });
  expect(found.map((it) => it.split(': ').slice(0, 3).join(': '))).toEqual([
    `${OPTIONS}.gmsaCredentialSpecName: Invalid value: "A"`,
    `${OPTIONS}.gmsaCredentialSpec: Invalid value: ""`,
  ]);
});

test('HostProcess containers are all of a Pod or none, agree with it and use the host network', () => {
  const initContainers = [{ name: 'i', image: 'x' }];
  expect(causes({ hostProcess: true }, { initContainers })).toEqual([
    'spec: Invalid value: "": If pod contains any hostProcess containers then all containers' +
      ' must be HostProcess containers',
    'spec.hostNetwork: Invalid value: false:' +
      ' hostNetwork must be true if pod contains any hostProcess containers',
  ]);
  const securityContext = { windowsOptions: { hostProcess: true } };
  expect(causes({ hostProcess: false }, { securityContext })).toEqual([
    `${OPTIONS}.hostProcess: Invalid value: false:` +
      ' pod hostProcess value must be identical if both are specified, was true',
  ]);
});

test('a Linux pod has no Windows options', () => {
  expect(causes({}, { os: { name: 'linux' } })).toEqual([
    `${OPTIONS}: Forbidden: windows options cannot be set for a linux pod`,
  ]);
});
