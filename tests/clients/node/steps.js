// What the sessions of the Node.js clients have in common.
'use strict';

const { createRequire } = require('node:module');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');

// The clients are installed outside the source tree: NODE_CLIENTS names the directory.
const clients = createRequire(path.join(process.env.NODE_CLIENTS || __dirname, 'package.json'));

const [port, prefix, protocol] = process.argv.slice(2);

function show(what, ...made) {
  console.log(what, JSON.stringify(made));
}

/** The error's words rather than an exception. */
async function refusal(call) {
  try {
    return await call();
  } catch (error) {
    return String([error].flat()[0]);
  }
}

async function until(condition) {
  const end = Date.now() + 10000;
  while (!(await condition())) {
    if (Date.now() > end) return false;
    await pause(20);
  }
  return true;
}

module.exports = {
  clients,
  refusal,
  show,
  until,
  address: `127.0.0.1:${port}`,
  key: (name) => prefix + name,
  longKey: prefix.padEnd(250, 'k'),
  protocol,
};
