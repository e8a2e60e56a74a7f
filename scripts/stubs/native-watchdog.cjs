// Stands in for @vscode/native-watchdog, a native module: ends this process when its parent is gone.
const EVERY_MILLISECONDS = 3000;

exports.start = (parent) => {
  const look = () => {
    try {
      process.kill(parent, 0);
    } catch (error) {
      if (error.code === 'ESRCH') process.exit(87);
    }
  };
  setInterval(look, EVERY_MILLISECONDS).unref();
};
exports.exit = (code) => process.exit(code || 0);
