/**
 * What an image's name gives away: whether it has a shell, how it takes the stop signal, how slowly
 * it boots. All of it is assumed; an image can hold anything. A name that says nothing is unknown.
 */

/** Whether something is so, as far as a name tells. */
export type Likely = 'yes' | 'no' | 'unknown';

/** How an app takes the stop signal. */
export type OnSigterm =
  'ignore' | 'exit-now' | 'stop-accept-then-drain' | 'drain-then-stop' | 'unknown';

/** The values of `OnSigterm`, as an annotation may name them. */
export const ON_SIGTERM: readonly OnSigterm[] = [
  'ignore',
  'exit-now',
  'stop-accept-then-drain',
  'drain-then-stop',
  'unknown',
];

/** An image reference in its parts. */
export interface ImageName {
  /** `docker.io/library/nginx`. */
  readonly repository: string;
  /** `nginx`. */
  readonly name: string;
  readonly tag: string;
}

/** What an image of a known family does with its stop signal. */
export interface KnownImage {
  /** STOPSIGNAL of the image. */
  readonly stopSignal: string;
  readonly onStop: OnSigterm;
  readonly because: string;
}

/** Official images with a known STOPSIGNAL and what their process does with it. */
const OFFICIAL: Readonly<Record<string, KnownImage>> = {
  nginx: known('SIGQUIT', 'stop-accept-then-drain', 'nginx closes its listeners, then drains'),
  httpd: known('SIGWINCH', 'stop-accept-then-drain', 'httpd stops gracefully at SIGWINCH'),
  haproxy: known('SIGUSR1', 'stop-accept-then-drain', 'haproxy stops softly at SIGUSR1'),
  postgres: known('SIGINT', 'exit-now', 'PostgreSQL shuts down fast: sessions are ended'),
  redis: known('SIGTERM', 'exit-now', 'Redis saves and exits'),
  memcached: known('SIGTERM', 'exit-now', 'memcached exits'),
  busybox: known('SIGTERM', 'unknown', ''),
};

/** Official images with a shell and the usual tools. */
const WITH_SHELL = new Set(
  (
    'busybox alpine debian ubuntu fedora centos rockylinux amazonlinux nginx httpd ' +
    'haproxy redis postgres mysql mariadb mongo memcached node python ruby php golang ' +
    'rust openjdk eclipse-temurin tomcat rabbitmq wordpress elasticsearch maven gradle ' +
    'perl buildpack-deps'
  ).split(' '),
);
/** Names of base images without a shell; `static` within a longer name says nothing. */
const NO_SHELL_NAME = /^(pause|scratch|static(-debian\d+)?)$/;
const DISTROLESS = /(^|[/_.:-])distroless([/_.:-]|$)/;
const JVM_NAMES =
  'openjdk temurin jdk jre java tomcat jetty spring wildfly quarkus keycloak kafka cassandra ' +
  'elasticsearch jenkins activemq solr zookeeper maven gradle';
const JVM = new RegExp(`(^|[/_.-])(${JVM_NAMES.replaceAll(' ', '|')})(?![a-z])`);

/** The parts of an image reference. */
export function parseImageName(image: string): ImageName {
  const withoutDigest = image.split('@')[0] ?? '';
  const slash = withoutDigest.lastIndexOf('/');
  const colon = withoutDigest.indexOf(':', slash + 1);
  const repository = colon < 0 ? withoutDigest : withoutDigest.slice(0, colon);
  const tag = colon < 0 ? '' : withoutDigest.slice(colon + 1);
  return { repository, name: repository.slice(slash + 1), tag };
}

/** Whether an image has a shell (and with it `sleep`). */
export function imageHasShell(image: string): Likely {
  const { repository, name, tag } = parseImageName(image.toLowerCase());
  if (NO_SHELL_NAME.test(name) || DISTROLESS.test(`${repository}:${tag}`)) {
    return /(^|-)debug/.test(tag) ? 'yes' : 'no';
  }
  if (repository.startsWith('cgr.dev/chainguard/')) return tag.includes('dev') ? 'yes' : 'unknown';
  return officialName(image) !== undefined && WITH_SHELL.has(officialName(image) ?? '')
    ? 'yes'
    : 'unknown';
}

/** The family of an official image whose stop signal is known. */
export function knownImage(image: string): KnownImage | undefined {
  const name = officialName(image);
  const found = name !== undefined && Object.hasOwn(OFFICIAL, name) ? OFFICIAL[name] : undefined;
  // Tags of nginx before 1.19 (mid 2020) have STOPSIGNAL SIGTERM, a fast shutdown.
  const version = /^1\.(\d+)/.exec(parseImageName(image).tag);
  if (name === 'nginx' && version && Number(version[1]) < 19) {
    return known('SIGTERM', 'exit-now', 'nginx of this version is stopped with its fast shutdown');
  }
  return found?.because ? found : undefined;
}

/** Whether an image or command runs on the Java virtual machine, and so boots slowly. */
export function looksLikeJvm(image: string, argv: readonly string[]): boolean {
  const { repository, tag } = parseImageName(image.toLowerCase());
  return JVM.test(repository) || /(^|-)(jdk|jre)/.test(tag) || /(^|\/)java$/.test(argv[0] ?? '');
}

/** `nginx` of `docker.io/library/nginx:1`, and undefined for other people's images. */
function officialName(image: string): string | undefined {
  const { repository } = parseImageName(image.toLowerCase());
  const match = /^(?:(?:index\.)?docker\.io\/)?(?:library\/)?([^/]+)$/.exec(repository);
  return match?.[1];
}

function known(stopSignal: string, onStop: OnSigterm, because: string): KnownImage {
  return { stopSignal, onStop, because };
}
