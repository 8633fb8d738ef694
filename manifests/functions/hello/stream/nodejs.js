// The request's body comes on standard input; what is printed is the answer.
const name = require('fs').readFileSync(0, 'utf8').trim();
console.log(`Hello, ${name || 'world'}!`);
