// Loaded by the extension host in place of the tests: sends their output to a file that the shim
// reads, then runs the real ones.
const { appendFileSync } = require('node:fs');
const { format } = require('node:util');

const { TEST_SHIM_OUT: out, TEST_SHIM_TESTS: tests } = process.env;

function write(text) {
  appendFileSync(out, text);
  return true;
}

/** The extension host guards these by a setter that does nothing: only defineProperty replaces. */
function replace(object, key, value) {
  Object.defineProperty(object, key, { value, writable: true, configurable: true });
}

exports.run = async function run() {
  for (const key of ['log', 'info', 'warn', 'error', 'debug']) {
    replace(console, key, (...args) => void write(`${format(...args)}\n`));
  }
  // The streams' `write` cannot be redefined at all, so they become objects that inherit from them.
  const tee = (data, encoding, done) => {
    write(typeof data === 'string' ? data : Buffer.from(data));
    (typeof encoding === 'function' ? encoding : done)?.();
    return true;
  };
  for (const key of ['stdout', 'stderr']) {
    replace(process, key, Object.create(process[key], { write: { value: tee } }));
  }
  const suite = require(tests);
  if (typeof suite.run !== 'function') throw new Error(`${tests} does not export run()`);
  await suite.run();
};
