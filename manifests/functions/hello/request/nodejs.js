// context.request is Express'; status and body that are returned are the answer.
module.exports = async function (context) {
  const body = context.request.body;
  const name = typeof body === 'string' ? body.trim() : body && body.name;
  return { status: 200, body: `Hello, ${name || 'world'}!\n` };
};
