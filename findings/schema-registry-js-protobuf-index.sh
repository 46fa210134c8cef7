#!/usr/bin/env bash
# Package: @kafkajs/confluent-schema-registry 4.1.0 (npm)
# Behaviour: Between the schema's id and a Protobuf message Confluent's format has the place of the message in its schema: one zero byte for the first, 02 02 for the second. This library, made
#   for that format, writes none, for no message, so that readers that keep to it, as Confluent's own, refuse the record. Of what others wrote it drops all leading zeros instead of
#   reading a place: the second message of a schema is an object without fields, without an error, and a first message whose fields are all unset an exception. One would expect it to
#   read and write what the registry's other clients do.
# Seen: Second{b: 7} -> 00 00000001 0807 (by the format 00 00000001 0202 0807); 00 00000001 0202 0807 -> {}; 00 00000001 00 (First{}) -> RangeError
. "$(dirname "$0")/lib/java.sh"
. "$(dirname "$0")/lib/node.sh"
packages @kafkajs/confluent-schema-registry@4.1.0
node_main << 'JS'
import http from 'node:http'
import registry from '@kafkajs/confluent-schema-registry'

// A registry with one schema, whatever it is asked for.
const schema = 'syntax = "proto3"; message First { int32 a = 1; } message Second { int32 b = 1; }'
const server = http.createServer((request, response) => {
  response.setHeader('content-type', 'application/vnd.schemaregistry.v1+json')
  response.end(JSON.stringify({ schema, schemaType: 'PROTOBUF' }))
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
const host = `http://127.0.0.1:${server.address().port}`
const client = messageName => new registry.SchemaRegistry({ host }, { [registry.SchemaType.PROTOBUF]: { messageName } })
const read = (messageName, hex) => client(messageName).decode(Buffer.from(hex, 'hex')).then(message => JSON.stringify(message), error => error.constructor.name)

console.log('written First:', (await client('First').encode(1, { a: 7 })).toString('hex'))
console.log('written Second:', (await client('Second').encode(1, { b: 7 })).toString('hex'))
console.log('read First:', await read('First', '0000000001000807'))
console.log('read Second:', await read('Second', '000000000102020807'))
console.log('read First, unset:', await read('First', '000000000100'))
process.exit()
JS
expect 'written First: 00000000010807'
expect 'written Second: 00000000010807'
expect 'read First: {"a":7}'
expect 'read Second: {}'
expect 'read First, unset: RangeError'
echo "as described"
