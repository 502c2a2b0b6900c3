"""Reads and writes Avro with the Apache library: one JSON request a line, one JSON answer a line."""
import io
import json
import math
import sys

import avro.io
import avro.schema


def plain(schema):
    """Without logical types: times stay numbers."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if isinstance(schema, dict):
        return {key: plain(value) for key, value in schema.items() if key != "logicalType"}
    return schema


def parse(text):
    return avro.schema.parse(json.dumps(plain(json.loads(text))))


def from_json(schema, value, tagged):
    """What the library wants for a value of JSON. Tagged: a union's value says which branch it is."""
    kind = schema.type
    if kind == "union":
        if tagged:
            return from_json(schema.schemas[value["branch"]], value["value"], tagged)
        return None if value is None else from_json([s for s in schema.schemas if s.type != "null"][0], value, tagged)
    if kind in ("bytes", "fixed"):
        return value.encode("latin-1")
    if kind in ("float", "double"):
        return float({"Infinity": "inf", "-Infinity": "-inf"}.get(value, value))
    if kind == "array":
        return [from_json(schema.items, item, tagged) for item in value]
    if kind == "map":
        return {key: from_json(schema.values, item, tagged) for key, item in value.items()}
    if kind == "record":
        return {field.name: from_json(field.type, value[field.name], tagged) for field in schema.fields}
    return value


def to_json(value):
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, float) and not math.isfinite(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}[str(value)]
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    return value


def encode(schema, value):
    output = io.BytesIO()
    avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(output))
    return output.getvalue()


def decode(writer, reader, body):
    source = io.BytesIO(body)
    value = avro.io.DatumReader(writer, reader).read(avro.io.BinaryDecoder(source))
    if source.read():
        raise ValueError("bytes follow the value")
    return value


def answer(request):
    writer = parse(request["writer"])
    reader = parse(request["reader"])
    if "body" in request:
        body = bytes.fromhex(request["body"])
    else:
        body = encode(writer, from_json(writer, request["value"], request["tagged"]))
    result = {"body": body.hex()}
    try:
        result["value"] = to_json(decode(writer, reader, body))
    except Exception as e:
        result["error"] = repr(e)
    return result


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line, parse_int=lambda text: -0.0 if text == "-0" else int(text)))), flush=True)
