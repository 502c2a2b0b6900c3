"""Uses a registry, and records in Confluent's wire format, with Confluent's Python client. Reads one JSON request, prints one JSON answer."""
import json
import sys

from confluent_kafka.avro.cached_schema_registry_client import CachedSchemaRegistryClient
from confluent_kafka.avro.serializer.message_serializer import MessageSerializer
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError


def refused(call, *arguments):
    try:
        call(*arguments)
    except SchemaRegistryError as e:
        return [e.http_status_code, e.error_code]
    return None


request = json.load(sys.stdin)
client = SchemaRegistryClient({"url": request["url"]})
subject = request["subject"]
schema = Schema(request["schema"], "AVRO")

result = {"unknown_id": refused(client.get_schema, 4711), "unknown_subject": refused(client.get_latest_version, "nobody-value")}
client.set_compatibility(subject, "BACKWARD")
result["compatibility"] = client.get_compatibility(subject)
result["id"] = client.register_schema(subject, schema)
result["id_again"] = SchemaRegistryClient({"url": request["url"]}).register_schema(subject, schema)
result["found"] = json.loads(SchemaRegistryClient({"url": request["url"]}).get_schema(result["id"]).schema_str) == json.loads(request["schema"])
found = client.lookup_schema(subject, schema)
latest = client.get_latest_version(subject)
result["lookup"] = [found.schema_id, found.version]
result["latest"] = [latest.schema_id, latest.version]
result["versions"] = client.get_versions(subject)
result["listed"] = subject in client.get_subjects()
result["incompatible"] = refused(client.register_schema, subject, Schema(request["incompatible"], "AVRO"))

serializer = MessageSerializer(CachedSchemaRegistryClient({"url": request["url"]}))
result["values"] = [serializer.decode_message(bytes.fromhex(value)) for value in request["values"]]
result["bodies"] = [serializer.encode_record_with_schema_id(result["id"], value).hex() for value in result["values"]]
print(json.dumps(result))
