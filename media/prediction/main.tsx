// Receives a view, draws it, sends intents. A first page until the drawings are here.
import { render } from 'preact';
import './prediction.css';
import type { FromWebview, PredictionView, ToWebview } from '../../server/src/protocol/index.ts';

declare function acquireVsCodeApi(): {
  postMessage(message: FromWebview): void;
  setState(state: unknown): void;
};

const editor = acquireVsCodeApi();
const root = document.querySelector('#root') ?? document.body;

function Prediction({ view }: { readonly view: PredictionView }) {
  return (
    <main>
      <h1>{view.title}</h1>
      <button type="button" onClick={() => send({ type: 'reveal', place: view.place })}>
        Show in the manifest
      </button>
    </main>
  );
}

function send(message: FromWebview): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- the editor's own method
  editor.postMessage(message);
}

window.addEventListener('message', ({ data }: MessageEvent<ToWebview>) => {
  if (data.type === 'view') {
    editor.setState(data.state);
    render(<Prediction view={data.view} />, root);
  } else if (data.type === 'empty') {
    render(<p>{data.message}</p>, root);
  }
});
send({ type: 'ready' });
