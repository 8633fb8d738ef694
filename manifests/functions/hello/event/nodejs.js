// event.data is the request's body, an object if it is JSON; what is returned is the answer.
module.exports = {
  handler: (event, context) => {
    const name = event.data && event.data.name ? event.data.name : event.data;
    return `Hello, ${typeof name === 'string' && name ? name : 'world'}!\n`;
  },
};
