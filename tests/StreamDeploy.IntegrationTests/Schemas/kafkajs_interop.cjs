// Uses a registry, and records in Confluent's wire format, with KafkaJS's client. Reads one JSON request, prints one JSON answer.
const { SchemaRegistry, SchemaType, COMPATIBILITY } = require(process.argv[2] + '/node_modules/@kafkajs/confluent-schema-registry')

async function refusal(action) {
  try {
    await action()
    return null
  } catch (e) {
    return e.message
  }
}

async function main() {
  const chunks = []
  for await (const chunk of process.stdin) chunks.push(chunk)
  const request = JSON.parse(Buffer.concat(chunks).toString())
  const registry = new SchemaRegistry({ host: request.url, retry: { retries: 0 } })
  const results = []
  for (const topic of request.topics) {
    const schema = { type: SchemaType.AVRO, schema: topic.schema }
    const { id } = await registry.register(schema, { subject: topic.subject, compatibility: COMPATIBILITY.BACKWARD })
    const result = { id, latest: await registry.getLatestSchemaId(topic.subject), found: await registry.getRegistryIdBySchema(topic.subject, schema), values: [], bodies: [] }
    for (const hex of topic.bodies) {
      const value = await registry.decode(Buffer.from(hex, 'hex'))
      result.values.push(value)
      result.bodies.push((await registry.encode(id, value)).toString('hex'))
    }
    result.incompatible = await refusal(() => registry.register({ type: SchemaType.AVRO, schema: topic.incompatible }, { subject: topic.subject }))
    results.push(result)
  }
  const unknown = await refusal(() => new SchemaRegistry({ host: request.url, retry: { retries: 0 } }).getSchema(4711))
  process.stdout.write(JSON.stringify({ topics: results, unknown }))
}

main().catch(e => {
  console.error(e)
  process.exit(1)
})
