// What cannot go wrong, by how much, and the numbers of the environment that it rests on.
import type { CertificateView } from '../../../server/src/protocol/index.ts';
import type { Desk } from '../model/desk.ts';
import { PlaceLink, Proof, Sign } from './common.tsx';

export function Certificates({ desk }: { readonly desk: Desk }) {
  const { certificates } = desk.view;
  if (certificates.length === 0) return null;
  return (
    <section class="block">
      <h2>Proved safe</h2>
      <div class="certificates">
        {certificates.map((it, index) => (
          <Certificate key={`${it.id} ${index}`} desk={desk} certificate={it} />
        ))}
      </div>
    </section>
  );
}

interface CertificateProps {
  readonly desk: Desk;
  readonly certificate: CertificateView;
}

function Certificate({ desk, certificate }: CertificateProps) {
  const { claim, margin, marginSeconds, because, restsOn, place } = certificate;
  return (
    <details class="certificate">
      <summary>
        <Sign tone="good" />
        <span>{claim}</span>
        {marginSeconds !== null && <span class="badge t-good">{margin.toLowerCase()}</span>}
      </summary>
      <Proof lines={because} />
      {restsOn.length > 0 && (
        <>
          <h3>It rests on</h3>
          <ul class="plain">
            {restsOn.map((it) => (
              <li key={it}>{it}</li>
            ))}
          </ul>
        </>
      )}
      <PlaceLink desk={desk} place={place} />
    </details>
  );
}
