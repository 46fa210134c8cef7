// Cases for kafkajs 2.2, one per call: cases.js BOOTSTRAP CASE PREFIX. Fails with a stack trace.
'use strict'
const assert = require('assert')
const { AssignerProtocol, CompressionCodecs, CompressionTypes, ConfigResourceTypes, Kafka, logLevel } = require('kafkajs')
const SnappyCodec = require('kafkajs-snappy')
const lz4 = require('lz4js')
const { ZstdCodec } = require('zstd-codec')

const [bootstrap, testCase, prefix] = process.argv.slice(2)
const topic = `${prefix}-${testCase.replace(/:/g, '-')}`
const limit = 60000
const kafka = new Kafka({ clientId: 'compat', brokers: [bootstrap], logLevel: logLevel.NOTHING })

CompressionCodecs[CompressionTypes.Snappy] = SnappyCodec
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  async compress (encoder) {
    const frame = Buffer.from(lz4.compress(encoder.buffer))
    // lz4js says its blocks depend on one another, which one block alone does not; Kafka's readers insist on independent ones.
    frame[4] = 0x60
    frame[6] = 0x73 // the header's checksum for that
    return frame
  },
  async decompress (buffer) {
    return Buffer.from(lz4.decompress(buffer))
  }
})
CompressionCodecs[CompressionTypes.ZSTD] = () => {
  const simple = new Promise(resolve => ZstdCodec.run(zstd => resolve(new zstd.Simple())))
  return {
    compress: async encoder => Buffer.from((await simple).compress(encoder.buffer)),
    decompress: async buffer => Buffer.from((await simple).decompress(buffer))
  }
}

async function eventually (what, condition) {
  const end = Date.now() + limit
  while (!await condition()) {
    assert(Date.now() < end, `waited in vain until ${what}`)
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

async function withAdmin (action) {
  const admin = kafka.admin()
  await admin.connect()
  try { return await action(admin) } finally { await admin.disconnect() }
}

const create = (numPartitions = 1, configEntries = []) =>
  withAdmin(admin => admin.createTopics({ topics: [{ topic, numPartitions, configEntries }], waitForLeaders: true }))

async function produce (messages, options = {}, settings = {}) {
  const producer = kafka.producer(settings)
  await producer.connect()
  try { return await producer.send({ topic, messages, ...options }) } finally { await producer.disconnect() }
}

/** A group member; its values are gathered in values. */
async function member (groupId, values, settings = {}) {
  const consumer = kafka.consumer({ groupId, heartbeatInterval: 500, maxWaitTimeInMs: 200, ...settings })
  const state = { consumer, partitions: 0 }
  consumer.on(consumer.events.GROUP_JOIN, e => { state.partitions = (e.payload.memberAssignment[topic] || []).length })
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message, partition }) => { values.push({ ...message, partition }) } })
  return state
}

async function read (count) {
  const values = []
  const { consumer } = await member(`${topic}-read`, values)
  await eventually(`${count} messages are read`, () => values.length >= count)
  await consumer.disconnect()
  return values
}

const cases = {
  async codec (name) {
    await create()
    const messages = Array.from({ length: 500 }, (_, i) => ({ key: `key${i}`, value: `value ${i} of a text that compresses well` }))
    const [result] = await produce(messages, { compression: CompressionTypes[name] })
    assert.deepStrictEqual([result.errorCode, result.baseOffset], [0, '0'])
    const values = await read(500)
    assert.deepStrictEqual(values.map(v => v.value.toString()), messages.map(m => m.value))
    assert.strictEqual(values[7].key.toString(), 'key7')
  },

  async acks (value) {
    await create()
    await produce([{ value: 'v' }], { acks: Number(value) })
    assert.strictEqual((await read(1))[0].value.toString(), 'v')
  },

  async record_fields () {
    await create()
    await produce([{ key: 'k', value: 'v', headers: { h: 'one', many: ['1', '2'] }, timestamp: '1700000000123' }, { key: 'tombstone', value: null }])
    const [first, second] = await read(2)
    assert.deepStrictEqual([first.key.toString(), first.value.toString(), first.timestamp], ['k', 'v', '1700000000123'])
    assert.strictEqual(first.headers.h.toString(), 'one')
    assert.deepStrictEqual(first.headers.many.map(String), ['1', '2'])
    assert.deepStrictEqual([second.key.toString(), second.value], ['tombstone', null])
  },

  async idempotent () {
    await create()
    const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 })
    await producer.connect()
    for (let i = 0; i < 20; i++) await producer.send({ topic, messages: [{ value: `${i}` }] })
    await producer.disconnect()
    assert.deepStrictEqual((await read(20)).map(v => v.value.toString()), Array.from({ length: 20 }, (_, i) => `${i}`))
  },

  async transactions () {
    await create(2)
    const producer = kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    for (let i = 0; i < 6; i++) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: `${i}`, partition: 0 }, { value: `other ${i}`, partition: 1 }] })
      await transaction.sendOffsets({ consumerGroupId: `${topic}-offsets`, topics: [{ topic, partitions: [{ partition: 0, offset: `${i}` }] }] })
      await (i % 3 === 1 ? transaction.abort() : transaction.commit())
    }
    await producer.disconnect()
    const values = await read(8)
    assert.deepStrictEqual(values.filter(v => v.partition === 0).map(v => v.value.toString()), ['0', '2', '3', '5'])
    await withAdmin(async admin => {
      const [{ partitions }] = await admin.fetchOffsets({ groupId: `${topic}-offsets`, topics: [topic] })
      assert.strictEqual(partitions.find(p => p.partition === 0).offset, '5')
    })
  },

  async auto_created () {
    await produce([{ value: 'first' }])
    assert.strictEqual((await read(1))[0].value.toString(), 'first')
  },

  async too_large () {
    await create(1, [{ name: 'max.message.bytes', value: '10000' }])
    await assert.rejects(produce([{ value: 'x'.repeat(20000) }], {}, { retry: { retries: 0 } }), e => /larger than the max message size/.test(e.message + e.cause))
  },

  async group () {
    await create(4)
    const values = []
    const one = await member(topic, values)
    await eventually('one has all', () => one.partitions === 4)
    const two = await member(topic, values)
    await eventually('both have half', () => one.partitions === 2 && two.partitions === 2)
    await produce(Array.from({ length: 40 }, (_, i) => ({ value: `${i}`, partition: i % 4 })))
    await eventually('all is read', () => values.length >= 40)
    assert.strictEqual(new Set(values.map(v => v.value.toString())).size, 40)
    await two.consumer.disconnect()
    await eventually('one has all again', () => one.partitions === 4)
    await withAdmin(async admin => {
      const { groups: [group] } = await admin.describeGroups([topic])
      assert.deepStrictEqual([group.state, group.protocol, group.members.length], ['Stable', 'RoundRobinAssigner', 1])
      const assignment = AssignerProtocol.MemberAssignment.decode(group.members[0].memberAssignment).assignment[topic]
      assert.deepStrictEqual([...assignment].sort(), [0, 1, 2, 3])
      assert((await admin.listGroups()).groups.some(g => g.groupId === topic))
    })
    await one.consumer.disconnect()
    await withAdmin(async admin => {
      const [{ partitions }] = await admin.fetchOffsets({ groupId: topic, topics: [topic] })
      assert.deepStrictEqual(partitions.map(p => p.offset), ['10', '10', '10', '10'])
      await admin.resetOffsets({ groupId: topic, topic, earliest: true })
      const [reset] = await admin.fetchOffsets({ groupId: topic, topics: [topic], resolveOffsets: true })
      assert.deepStrictEqual(reset.partitions.map(p => p.offset), ['0', '0', '0', '0'])
      await admin.deleteGroups([topic])
      assert(!(await admin.listGroups()).groups.some(g => g.groupId === topic))
    })
  },

  async offsets () {
    await create()
    for (let i = 0; i < 10; i++) await produce([{ value: `${i}`, timestamp: `${10000 + i * 100}` }])
    await withAdmin(async admin => {
      const [{ high, low }] = await admin.fetchTopicOffsets(topic)
      assert.deepStrictEqual([low, high], ['0', '10'])
      assert.strictEqual((await admin.fetchTopicOffsetsByTimestamp(topic, 10250))[0].offset, '3')
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '4' }] })
      assert.strictEqual((await admin.fetchTopicOffsets(topic))[0].low, '4')
    })
    assert.strictEqual((await read(6))[0].value.toString(), '4')
  },

  async admin () {
    await create(2, [{ name: 'retention.ms', value: '1000000' }])
    await withAdmin(async admin => {
      assert.strictEqual(await admin.createTopics({ topics: [{ topic }] }), false)
      assert((await admin.listTopics()).includes(topic))
      const cluster = await admin.describeCluster()
      assert.strictEqual(cluster.controller, cluster.brokers[0].nodeId)
      await admin.createPartitions({ topicPartitions: [{ topic, count: 3 }] })
      const config = async name => {
        const { resources: [resource] } = await admin.describeConfigs({ includeSynonyms: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }] })
        return resource.configEntries.find(e => e.configName === name).configValue
      }
      assert.strictEqual(await config('retention.ms'), '1000000')
      await admin.alterConfigs({ validateOnly: false, resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name: 'segment.bytes', value: '2097152' }] }] })
      await eventually('the setting is seen', async () => await config('segment.bytes') === '2097152')
      await eventually('it has grown', async () => (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0].partitions.length === 3)
      await admin.deleteTopics({ topics: [topic] })
      await eventually('it is gone', async () => !(await admin.listTopics()).includes(topic))
    })
  }
}

const [name, argument] = testCase.split(':')
cases[name](argument).then(() => process.exit(0), error => {
  console.error(error)
  process.exit(1)
})
