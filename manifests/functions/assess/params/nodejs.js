// What `martlet framework assess` asks: one line, "host", "write WORD", "read", "sleep MILLISECONDS" or "log WORD".
const fs = require('fs');

async function work(text) {
  const [order, word] = String(text).trim().split(' ');
  let state = '';
  if (order === 'write') { state = word; fs.writeFileSync('/tmp/martlet-state', word); }
  if (order === 'read' && fs.existsSync('/tmp/martlet-state')) state = fs.readFileSync('/tmp/martlet-state', 'utf8');
  if (order === 'sleep') await new Promise((done) => setTimeout(done, Number(word)));
  if (order === 'log') console.log(word);
  return { instance: require('os').hostname(), state };
}

function main(params) {
  return work(params.data);
}
