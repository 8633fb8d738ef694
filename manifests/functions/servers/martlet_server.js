// Calls handler(event, context) for every request: a server for functions from source.
//
// FUNC_PORT (or PORT), MOD_NAME, FUNC_HANDLER, FUNC_TIMEOUT, FUNC_RUNTIME, FUNC_MEMORY_LIMIT say what is served. /healthz answers OK,
// /metrics what was counted. A function that takes longer than its time is answered with 408, one that throws with 500.
// What Node.js brings only.
'use strict';

const http = require('http');
const path = require('path');

const port = Number(process.env.FUNC_PORT || process.env.PORT || 8080);
const limit = Number(process.env.FUNC_TIMEOUT || 180);
const handler = require(path.join(__dirname, process.env.MOD_NAME))[process.env.FUNC_HANDLER];
if (typeof handler !== 'function') {
  console.error(`${process.env.MOD_NAME} exports no function ${process.env.FUNC_HANDLER}`);
  process.exit(1);
}
const context = {
  'function-name': process.env.FUNC_NAME || process.env.FUNC_HANDLER,
  timeout: limit,
  runtime: process.env.FUNC_RUNTIME || '',
  'memory-limit': process.env.FUNC_MEMORY_LIMIT || '',
};
const bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const counted = new Map();

function count(method, took, failed) {
  const row = counted.get(method) || { calls: 0, failures: 0, sum: 0, buckets: bounds.map(() => 0) };
  row.calls += 1;
  row.failures += failed ? 1 : 0;
  row.sum += took;
  bounds.forEach((bound, index) => { if (took <= bound) row.buckets[index] += 1; });
  counted.set(method, row);
}

function metrics() {
  const lines = [];
  const rows = [...counted.entries()].sort();
  for (const [name, key] of [['function_calls_total', 'calls'], ['function_failures_total', 'failures']]) {
    lines.push(`# TYPE ${name} counter`);
    for (const [method, row] of rows) lines.push(`${name}{method="${method}"} ${row[key]}`);
  }
  lines.push('# TYPE function_duration_seconds histogram');
  for (const [method, row] of rows) {
    bounds.forEach((bound, index) => {
      lines.push(`function_duration_seconds_bucket{method="${method}",le="${bound}"} ${row.buckets[index]}`);
    });
    lines.push(`function_duration_seconds_bucket{method="${method}",le="+Inf"} ${row.calls}`);
    lines.push(`function_duration_seconds_sum{method="${method}"} ${row.sum}`);
    lines.push(`function_duration_seconds_count{method="${method}"} ${row.calls}`);
  }
  return lines.join('\n') + '\n';
}

function answer(response, status, body, type = 'text/plain; charset=utf-8') {
  response.writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

function late() {
  let timer;
  const promise = new Promise((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('late'), { late: true })), limit * 1000);
  });
  return { promise, stop: () => clearTimeout(timer) };
}

async function serve(request, response) {
  if (request.url === '/healthz') return answer(response, 200, 'OK');
  if (request.url === '/metrics') return answer(response, 200, metrics(), 'text/plain; version=0.0.4');
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  let data = Buffer.concat(chunks).toString('utf8');
  if ((request.headers['content-type'] || '').split(';')[0].trim() === 'application/json') {
    try { data = JSON.parse(data || 'null'); } catch { return answer(response, 400, 'the body is not JSON\n'); }
  }
  const event = { data, extensions: { request, response } };
  for (const name of ['event-id', 'event-type', 'event-time', 'event-namespace']) event[name] = request.headers[name];
  const start = process.hrtime.bigint();
  const took = () => Number(process.hrtime.bigint() - start) / 1e9;
  const clock = late();
  try {
    const result = await Promise.race([Promise.resolve().then(() => handler(event, context)), clock.promise]);
    count(request.method, took(), false);
    if (response.writableEnded) return;
    if (result === undefined || result === null) return answer(response, 200, '');
    if (typeof result === 'string' || Buffer.isBuffer(result)) return answer(response, 200, result);
    return answer(response, 200, JSON.stringify(result), 'application/json');
  } catch (error) {
    count(request.method, took(), true);
    if (response.writableEnded) return;
    if (error && error.late) return answer(response, 408, 'the function took longer than its timeout\n');
    console.error(error);
    return answer(response, 500, 'the function failed; its log says why\n');
  } finally {
    clock.stop();
  }
}

const server = http.createServer((request, response) => {
  serve(request, response).catch((error) => { console.error(error); response.destroy(); });
});
server.listen(port);
// Finish what is under way, take nothing new.
process.on('SIGTERM', () => { server.close(() => process.exit(0)); server.closeIdleConnections?.(); });
