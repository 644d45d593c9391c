#!/usr/bin/env node
// What clients that discover their servers through Amazon ElastiCache's configuration endpoint make of one, a line each:
// discovery.js HOST:PORT.
'use strict';

const path = require('node:path');

const clients = (name) => require(path.join(process.env.NODE_CLIENTS, 'node_modules', name));
const endpoint = process.argv[2];

const ecad = () => new Promise((resolve, reject) => {
  const client = new (clients('ecad'))({ endpoints: [endpoint] });
  client.fetch((error, servers) => (error ? reject(error) : resolve(servers)));
});

const elasticache = () => new Promise((resolve, reject) => {
  const client = new (clients('memcached-elasticache'))(endpoint);
  client.once('autoDiscoverFailure', reject);
  client.once('autoDiscover', (servers) => {
    client.set('discovered', 'yes', 0, (refused) => {
      if (refused) return reject(refused);
      return client.get('discovered', (failed, value) => {
        client.end();
        return failed ? reject(failed) : resolve([...servers, value]);
      });
    });
  });
});

(async () => {
  console.log('ecad', (await ecad()).join(' '));
  console.log('memcached-elasticache', (await elasticache()).join(' '));
  process.exit(0);
})().catch((error) => {
  console.log('failed', error);
  process.exit(1);
});
