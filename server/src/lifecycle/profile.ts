/**
 * The environment profile: every parameter with its bounds, where they come from, and how far they
 * may be believed. A user's own numbers come last and win.
 */
import type { Certainty, TimeWindow } from '../explanation/index.ts';
import { formatWindow } from '../explanation/index.ts';
import {
  DATA_PLANES,
  PROFILE_PARAMETERS,
  type DataPlane,
  type ParameterDefinition,
  type ParameterName,
  type ProfileName,
  type SourceLetter,
} from './profile-parameters.ts';
import { parseWindow } from './window-text.ts';

/** A parameter with the bounds that hold in one environment. */
export interface ProfileParameter {
  readonly name: ParameterName;
  readonly meaning: string;
  readonly seconds: TimeWindow;
  readonly source: SourceLetter;
  readonly certainty: Certainty;
  readonly basis: string;
  /** The profile, data plane or setting that gave the bounds. */
  readonly from: string;
}

/** All parameters of one environment. */
export interface EnvironmentProfile {
  readonly name: ProfileName;
  readonly dataPlanes: readonly DataPlane[];
  readonly parameters: Readonly<Record<ParameterName, ProfileParameter>>;
}

/** How a user declares the environment; `parameters` as `"0.05-1"`, `"2"` or `"1-"` seconds. */
export interface EnvironmentSettings {
  readonly profile?: ProfileName;
  readonly dataPlanes?: readonly DataPlane[];
  readonly parameters?: Readonly<Partial<Record<ParameterName, string | number>>>;
}

/** The names of the parameters, in the order of a pod's life. */
export const PARAMETER_NAMES = Object.keys(PROFILE_PARAMETERS) as readonly ParameterName[];

/** The profiles, from the fastest cluster to the slowest. */
export const PROFILE_NAMES: readonly ProfileName[] = ['lab', 'default', 'stressed'];

/** The data planes that a user can name. */
export const DATA_PLANE_NAMES = Object.keys(DATA_PLANES) as readonly DataPlane[];

/** The environment by its settings; a parameter that cannot be read keeps the profile's bounds. */
export function environmentProfile(settings: EnvironmentSettings = {}): EnvironmentProfile {
  const name = settings.profile ?? 'default';
  const dataPlanes = settings.dataPlanes ?? [];
  const parameters = Object.fromEntries(
    PARAMETER_NAMES.map((it) => [it, parameterOf(it, name, dataPlanes, settings)]),
  ) as Record<ParameterName, ProfileParameter>;
  return { name, dataPlanes, parameters };
}

/** A parameter in words: what it stands for, its bounds, and what they rest on. */
export function describeParameter(parameter: ProfileParameter): string {
  const known = DESCRIBED.get(parameter);
  if (known !== undefined) return known;
  const { name, meaning, seconds, basis, from } = parameter;
  const text = `${meaning}: ${formatWindow(seconds)} (${name} of the ${from}; ${basis})`;
  DESCRIBED.set(parameter, text);
  return text;
}

/** Every delay of every timeline says it, so it is written once for a profile. */
const DESCRIBED = new WeakMap<ProfileParameter, string>();

/** The same environment with more data planes, where the user has named none of their kind. */
export function withDataPlanes(
  profile: EnvironmentProfile,
  more: readonly DataPlane[],
): EnvironmentProfile {
  const parameters = { ...profile.parameters };
  for (const plane of more) {
    for (const name of Object.keys(DATA_PLANES[plane]) as ParameterName[]) {
      const settled = parameters[name].from !== `${profile.name} profile`;
      if (!settled) parameters[name] = parameterOf(name, profile.name, [plane], {});
    }
  }
  return { ...profile, dataPlanes: [...profile.dataPlanes, ...more], parameters };
}

function parameterOf(
  name: ParameterName,
  profile: ProfileName,
  dataPlanes: readonly DataPlane[],
  settings: EnvironmentSettings,
): ProfileParameter {
  const definition: ParameterDefinition = PROFILE_PARAMETERS[name];
  const { meaning, source, certainty, basis } = definition;
  const written = settings.parameters?.[name];
  const own = written === undefined ? undefined : parseWindow(String(written));
  if (own) {
    const basis = 'declared by the user';
    return {
      name,
      meaning,
      seconds: own,
      source: 'A',
      certainty: 'bounded',
      basis,
      from: 'settings',
    };
  }
  // The last data plane that has a say wins, as the last word of a list does.
  const plane = dataPlanes.findLast((it) => DATA_PLANES[it]?.[name]);
  const value = plane && DATA_PLANES[plane][name];
  if (plane && value && profile !== 'lab') {
    const seconds = windowOf(profile === 'stressed' ? value.stressed : value.bounds);
    return { ...value, name, meaning, seconds, from: `${plane} data plane` };
  }
  const seconds = windowOf(definition[profile]);
  return { name, meaning, seconds, source, certainty, basis, from: `${profile} profile` };
}

function windowOf([earliest, latest]: readonly [number, number]): TimeWindow {
  return { earliest, latest };
}
