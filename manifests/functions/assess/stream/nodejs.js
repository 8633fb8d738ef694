// What `martlet framework assess` asks: one line, "host", "write WORD", "read", "sleep MILLISECONDS" or "log WORD".
const fs = require('fs');
const [order, word] = fs.readFileSync(0, 'utf8').trim().split(' ');
let state = '';
if (order === 'write') { state = word; fs.writeFileSync('/tmp/martlet-state', word); }
if (order === 'read') { try { state = fs.readFileSync('/tmp/martlet-state', 'utf8'); } catch { state = ''; } }
if (order === 'log') console.error(word);
const reply = () => console.log(JSON.stringify({ instance: require('os').hostname(), state }));
if (order === 'sleep') setTimeout(reply, Number(word)); else reply();
