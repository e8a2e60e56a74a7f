// What each component knows at the scrubber's moment, the endpoints then, and the pod's events.
import type { TimelineView } from '../../../server/src/protocol/index.ts';
import type { Desk } from '../model/desk.ts';
import { momentOf, phasesAt, type EndpointStrip } from '../model/moment.ts';
import { formatTime } from '../model/time.ts';
import { PlaceLink } from './common.tsx';

interface MomentPanelProps {
  readonly desk: Desk;
  readonly view: TimelineView;
  readonly strips: readonly EndpointStrip[];
  readonly moment: number | null;
}

export function MomentPanel({ desk, view, strips, moment }: MomentPanelProps) {
  if (moment === null) return null;
  const { lanes, done, maybe } = momentOf(view, moment);
  const told = [...done, ...maybe].filter((it) => it.describe.length > 0);
  return (
    <section class="moment" aria-label={`At ${formatTime(moment)}`}>
      <h2>At {formatTime(moment)}</h2>
      <div class="scroll" tabIndex={0} role="region" aria-label="What each component knows">
        <table>
          <thead>
            <tr>
              <th scope="col">Component</th>
              <th scope="col">has surely seen</th>
              <th scope="col">may be happening</th>
            </tr>
          </thead>
          <tbody>
            {lanes
              .filter((it) => it.last !== null || it.maybe.length > 0)
              .map(({ lane, label, last, maybe }) => (
                <tr key={lane}>
                  <th scope="row">{label}</th>
                  <td>
                    {last && (
                      <PlaceLink desk={desk} place={last.place}>
                        {last.label}
                      </PlaceLink>
                    )}
                  </td>
                  <td>
                    {maybe.map((it) => (
                      <div key={it.id}>
                        <PlaceLink desk={desk} place={it.place}>
                          {it.label}
                        </PlaceLink>
                      </div>
                    ))}
                  </td>
                </tr>
              ))}
          </tbody>
        </table>
      </div>
      {strips.length > 0 && (
        <p class="then">
          {strips.map((strip) => (
            <span key={strip.service}>
              <strong>{strip.service}</strong>:{' '}
              {phasesAt(strip, moment)
                .map((it) => it.label)
                .join(' or ')}
            </span>
          ))}
        </p>
      )}
      <Told events={told} />
    </section>
  );
}

/** The pod's events so far, as `kubectl describe` words them. */
function Told({ events }: { readonly events: TimelineView['events'] }) {
  if (events.length === 0) return null;
  return (
    <table class="events">
      <caption>Events, as kubectl describe shows them</caption>
      <tbody>
        {events.flatMap(({ id, describe, window }) =>
          describe.map(({ type, reason, message }) => (
            <tr key={`${id} ${reason} ${message}`}>
              <td>{type}</td>
              <td>{reason}</td>
              <td class="time">{formatTime(window.earliest)}</td>
              <td>{message}</td>
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}
