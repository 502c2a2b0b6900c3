namespace StreamDeploy.Schemas.Avro;

/// <summary>Passes over values that the reader does not want.</summary>
internal static class AvroSkip
{
    public static void Skip(ref AvroCursor cursor, AvroType[] types)
    {
        foreach (AvroType type in types)
            Skip(ref cursor, type);
    }

    public static void Skip(ref AvroCursor cursor, AvroType type)
    {
        // Records that hold a record of no bytes twice, sixty deep, would take 2^60 steps over nothing.
        if (type.BytesMin == 0)
            return;
        switch (type)
        {
            case RecordType record:
                cursor.Enter();
                foreach (AvroField field in record.Fields)
                    Skip(ref cursor, field.Type);
                cursor.Leave();
                break;
            case ArrayType array:
                SkipBlocks(ref cursor, array.Items, hasKeys: false);
                break;
            case MapType map:
                SkipBlocks(ref cursor, map.Values, hasKeys: true);
                break;
            case UnionType union:
                cursor.Enter();
                Skip(ref cursor, union.Branches[cursor.ReadIndex(union.Branches.Count, "union")]);
                cursor.Leave();
                break;
            default:
                SkipLeaf(ref cursor, type);
                break;
        }
    }

    public static void SkipLeaf(ref AvroCursor cursor, AvroType type)
    {
        switch (type.Kind)
        {
            case AvroKind.Boolean: cursor.ReadBoolean(); break;
            case AvroKind.Int: cursor.ReadInt(); break;
            case AvroKind.Long: cursor.ReadLong(); break;
            case AvroKind.Float: cursor.ReadFloat(); break;
            case AvroKind.Double: cursor.ReadDouble(); break;
            case AvroKind.Bytes: cursor.SkipSized("bytes"); break;
            case AvroKind.String: cursor.SkipSized("a string"); break;
            case AvroKind.Enum: cursor.ReadIndex(((EnumType)type).Symbols.Count, "enum"); break;
            case AvroKind.Fixed: cursor.Skip(((FixedType)type).Size, "a fixed"); break;
        }
    }

    private static void SkipBlocks(ref AvroCursor cursor, AvroType items, bool hasKeys)
    {
        cursor.Enter();
        while (cursor.ReadBlockCount(out int blockBytes) is var count and > 0)
        {
            if (blockBytes >= 0)
            {
                cursor.Skip(blockBytes, "a block");
                continue;
            }
            if (!hasKeys && items.BytesMin == 0)
                continue;
            // Every item takes a byte at least, so that the body's end ends this loop, whatever the count.
            for (long i = 0; i < count; i++)
            {
                if (hasKeys)
                    cursor.SkipSized("a string");
                Skip(ref cursor, items);
            }
        }
        cursor.Leave();
    }
}
