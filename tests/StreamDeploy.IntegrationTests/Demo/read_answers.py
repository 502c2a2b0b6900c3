"""Reads answers in Confluent's wire format with Confluent's Python client. One JSON request on stdin, the answers as JSON on stdout."""
import json
import sys

from confluent_kafka.avro.cached_schema_registry_client import CachedSchemaRegistryClient
from confluent_kafka.avro.serializer.message_serializer import MessageSerializer

request = json.load(sys.stdin)
serializer = MessageSerializer(CachedSchemaRegistryClient({"url": request["url"]}))
print(json.dumps([serializer.decode_message(bytes.fromhex(value)) for value in request["values"]], default=str))
