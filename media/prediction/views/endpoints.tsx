// What Services send to the pod, on which port, and for how long.
import { EndpointStrips } from '../charts/endpoint-strip.tsx';
import { Card, Nothing, PlaceLink } from '../parts/common.tsx';
import type { Desk } from '../model/desk.ts';
import { shutdownStrips, startStrips } from '../model/moment.ts';

export function Endpoints({ desk }: { readonly desk: Desk }) {
  const { services, nearMisses } = desk.view.endpoints;
  return (
    <>
      {services.length === 0 && <Nothing>No Service selects this pod.</Nothing>}
      <div class="cards">
        {services.map((it) => (
          <Card key={it.name} title={`Service ${it.name}`} tone="good">
            <dl class="facts">
              <dt>type</dt>
              <dd>{it.type}</dd>
              <dt>ports</dt>
              <dd>{it.ports.join(', ') || 'none'}</dd>
              {it.dns.length > 0 && (
                <>
                  <dt>names</dt>
                  <dd>
                    {it.dns.map((name) => (
                      <div key={name}>
                        <code>{name}</code>
                      </div>
                    ))}
                  </dd>
                </>
              )}
              {it.reachedBy.length > 0 && (
                <>
                  <dt>reached by</dt>
                  <dd>
                    {it.reachedBy.map((text) => (
                      <div key={text}>{text}</div>
                    ))}
                  </dd>
                </>
              )}
            </dl>
            {it.message !== '' && <p>{it.message}</p>}
            <PlaceLink desk={desk} place={it.place} />
          </Card>
        ))}
      </div>
      {nearMisses.length > 0 && (
        <Card title="Near misses" tone="warn">
          <ul class="rows">
            {nearMisses.map(({ message, place }, index) => (
              <li key={index}>
                <span class="grow">{message}</span>
                <PlaceLink desk={desk} place={place} />
              </li>
            ))}
          </ul>
        </Card>
      )}
      <OverTime desk={desk} />
      <Slices desk={desk} />
    </>
  );
}

function OverTime({ desk }: { readonly desk: Desk }) {
  const { startup, shutdowns } = desk.view;
  const shutdown = shutdowns.find((it) => it.cause === desk.ui.cause) ?? shutdowns[0];
  const starts = startup ? startStrips(startup) : [];
  const ends = shutdown ? shutdownStrips(shutdown.timeline) : [];
  if (starts.length === 0 && ends.length === 0) return null;
  const shared = { width: desk.width, stretched: desk.ui.stretched } as const;
  return (
    <section class="block">
      <h2>Endpoints over time</h2>
      {startup && starts.length > 0 && (
        <>
          <h3>from apply</h3>
          <EndpointStrips
            {...shared}
            name="The endpoint from apply on"
            strips={starts}
            horizon={startup.horizon}
            moment={desk.ui.startMoment}
          />
        </>
      )}
      {shutdown && ends.length > 0 && (
        <>
          <h3>{shutdown.label}</h3>
          <EndpointStrips
            {...shared}
            name={`The endpoint when the pod is ${shutdown.label}`}
            strips={ends}
            horizon={shutdown.timeline.horizon}
            moment={desk.ui.endMoment}
          />
        </>
      )}
      <p class="hint">Solid where the endpoint surely is in a state, pale where it may be.</p>
    </section>
  );
}

function Slices({ desk }: { readonly desk: Desk }) {
  const rows = desk.view.endpoints.slices.flatMap(({ service, addressType, ports, endpoints }) =>
    endpoints.map((it) => ({ ...it, service, addressType, ports })),
  );
  if (rows.length === 0) return null;
  return (
    <section class="block">
      <h2>EndpointSlices</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="EndpointSlices">
        <table class="one-line">
          <thead>
            <tr>
              {['Service', 'Type', 'Ports', 'Pod', 'Node', 'Zone'].map((it) => (
                <th key={it} scope="col">
                  {it}
                </th>
              ))}
              {['ready', 'serving', 'terminating'].map((it) => (
                <th key={it} scope="col">
                  {it}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((it, index) => (
              <tr key={index}>
                <td>{it.service}</td>
                <td>{it.addressType}</td>
                <td>{it.ports}</td>
                <td>{it.pod}</td>
                <td>{it.node ?? '–'}</td>
                <td>{it.zone ?? '–'}</td>
                {[it.ready, it.serving, it.terminating].map((holds, at) => (
                  <td key={at} class={holds ? 'yes' : 'no'}>
                    {holds ? 'yes' : 'no'}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
