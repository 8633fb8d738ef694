// params holds the members of the request's object; the object that is returned is the answer.
function main(params) {
  return { greeting: `Hello, ${params.name || params.data || 'world'}!` };
}
