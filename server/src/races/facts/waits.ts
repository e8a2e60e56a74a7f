/**
 * Commands that wait until somebody else answers: `until nc -z db 5432; do sleep 1; done`,
 * `wait-for-it db:5432`. Only loops without a visible end and tools made for waiting count; what is
 * not one of them is not a wait.
 */
import { literalVariables, type PodContainer } from '../../lifecycle/index.ts';
import { each, type Container, type FieldCursor } from '../../manifest/index.ts';

/** A host that a command talks to. */
export interface Contact {
  readonly host: string;
  readonly port: number | undefined;
  /** Only the name is looked up. */
  readonly dnsOnly: boolean;
}

/** A host that a container waits for, and where that is written. */
export interface Wait extends Contact {
  readonly at: FieldCursor<string>;
}

const HOST = String.raw`([a-zA-Z][\w.-]*[a-zA-Z0-9]|\d+\.\d+\.\d+\.\d+|localhost)`;
interface Client {
  readonly pattern: RegExp;
  readonly dnsOnly?: boolean;
}
const CLIENTS: readonly Client[] = [
  {
    pattern: new RegExp(
      String.raw`\b(?:nc|ncat|netcat|telnet)\s+(?:-\S+\s+(?:\d+\s+)?)*${HOST}\s+(\d+)`,
      'g',
    ),
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:https?|tcp|grpc|amqp|redis|mongodb|postgres(?:ql)?)://(?:[^@/\s]*@)?${HOST}(?::(\d+))?`,
      'g',
    ),
  },
  { pattern: new RegExp(String.raw`/dev/tcp/${HOST}/(\d+)`, 'g') },
  {
    pattern: new RegExp(
      String.raw`\b(?:pg_isready|psql|mysqladmin|mysql|mariadb-admin|redis-cli|mongosh?|cqlsh)\b[^;|&\n]*?\s(?:-h\s*|--host[= ])["']?${HOST}(?:[^;|&\n]*?\s(?:-p\s*|--port[= ])(\d+))?`,
      'g',
    ),
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:nslookup|dig|getent\s+a?hosts(?:v4)?)\s+(?:[-+]\S+\s+)*${HOST}`,
      'g',
    ),
    dnsOnly: true,
  },
];
/** `curl web:8080/healthz`: a host without a scheme, told from other words by its port. */
const BARE_HOST = new RegExp(
  String.raw`\b(?:curl|wget)\s+(?:-\S+\s+(?:\d+\s+)?)*${HOST}:(\d+)(?=[/\s;"']|$)`,
  'g',
);
const WAIT_TOOL = /(?:^|[\s/])(?:wait-for(?:-it)?(?:\.sh)?|wait4x|dockerize)\s/;
const HOST_AND_PORT = new RegExp(String.raw`(?:^|[\s/])${HOST}:(\d+)\b`, 'g');
/** A loop that ends by itself, is not always come to, or whose failure is let pass. */
const BOUNDED =
  /\btimeout\s|\bfor\s+\w+\s+in\b|\bseq\b|\$\(\(|\bexpr\b|\blet\s|-(?:lt|le|gt|ge)\s|\b(?:break|exit|if|case)\b|\|\|\s*(?:true|:)/;

/** The hosts a text of commands talks to. */
export function contactsIn(text: string): readonly Contact[] {
  const found: Contact[] = [];
  const clients: readonly Client[] = text.includes('://')
    ? CLIENTS
    : [...CLIENTS, { pattern: BARE_HOST }];
  for (const { pattern, dnsOnly = false } of clients) {
    for (const match of text.matchAll(pattern)) {
      const port = match[2] === undefined ? undefined : Number(match[2]);
      const host = (match[1] ?? '').toLowerCase();
      if (!found.some((it) => it.host === host && it.port === port)) {
        found.push({ host, port, dnsOnly });
      }
    }
  }
  return found;
}

/** What a text waits for without an end. */
export function waitsIn(text: string): readonly Contact[] {
  if (text.length > 20_000) return [];
  const conditions = [...text.matchAll(/\b(?:until|while\s+!)\s+([^\n]*?)\s*(?:;|\n)\s*do\b/g)].map(
    (it) => it[1] ?? '',
  );
  if (conditions.length > 0)
    return BOUNDED.test(text)
      ? []
      : conditions.filter((it) => !it.includes('||')).flatMap(contactsIn);
  if (!WAIT_TOOL.test(` ${text} `)) return [];
  // These give up after a time, which in an init container only means that it starts anew.
  const named = [...text.matchAll(HOST_AND_PORT)].map((it) => ({
    host: (it[1] ?? '').toLowerCase(),
    port: Number(it[2]),
    dnsOnly: false,
  }));
  const lets = /\|\|\s*(?:true|:)/.test(text);
  return lets ? [] : [...contactsIn(text), ...named];
}

/** What a container's own command waits for. */
export function waitsOf({
  container,
  at,
}: Pick<PodContainer, 'container' | 'at'>): readonly Wait[] {
  return placedWaits(container, [...each(at.command), ...each(at.args)]);
}

/** What an exec handler's command waits for. */
export function handlerWaits(
  { container }: Pick<PodContainer, 'container'>,
  command: FieldCursor<readonly string[] | undefined>,
): readonly Wait[] {
  return placedWaits(container, [...each(command)]);
}

function placedWaits(
  container: Container,
  words: readonly (readonly [string, FieldCursor<string>])[],
): readonly Wait[] {
  const scripts = words.filter(([it]) => /\s/.test(it));
  const [first] = words;
  const waits = scripts.flatMap(([text, at]) =>
    waitsIn(expanded(text, container)).map((it) => ({ ...it, at })),
  );
  if (waits.length > 0 || !first || scripts.length > 0) return waits;
  // A tool called without a shell: its arguments are words of their own.
  const whole = expanded(words.map(([it]) => it).join(' '), container);
  return waitsIn(whole).map((it) => ({
    ...it,
    at: words.find(([word]) => word.includes(it.host))?.[1] ?? first[1],
  }));
}

/** The text with `$NAME`, `${NAME}` and `$(NAME)` of variables whose values are written down. */
export function expanded(text: string, container: Container): string {
  const variables = literalVariables(container);
  return text.replaceAll(
    /\$\{(\w+)\}|\$\((\w+)\)|\$(\w+)/g,
    (whole, a?: string, b?: string, c?: string) => {
      const name = a ?? b ?? c ?? '';
      return Object.hasOwn(variables, name) ? (variables[name] ?? '') : whole;
    },
  );
}
