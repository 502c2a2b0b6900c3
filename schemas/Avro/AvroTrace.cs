using System.Globalization;
using System.Text;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Finds the field that an offset lies in, by walking over the body once more.</summary>
/// <remarks>Only bodies that cannot be read are walked, so that reading itself keeps no path.</remarks>
internal sealed class AvroTrace
{
    private readonly List<string> path = [];
    private readonly int offset;

    private AvroTrace(int offset) => this.offset = offset;

    public static string PathAt(AvroType writer, ReadOnlySpan<byte> body, int offset)
    {
        var trace = new AvroTrace(offset);
        var cursor = new AvroCursor(body);
        trace.path.Add(writer is NamedType named ? named.Name : writer.Label);
        try
        {
            trace.Walk(ref cursor, writer);
        }
        catch (AvroException)
        {
            // The walk stops where the reader did, with the path to that place.
        }
        var text = new StringBuilder();
        foreach (string step in trace.path)
            text.Append(text.Length > 0 && step[0] != '[' ? "." : "").Append(step);
        return text.ToString();
    }

    private bool Walk(ref AvroCursor cursor, AvroType type)
    {
        if (type.BytesMin == 0)
            return false;
        switch (type)
        {
            case RecordType record:
                return WalkRecord(ref cursor, record);
            case ArrayType array:
                return WalkBlocks(ref cursor, array.Items, hasKeys: false);
            case MapType map:
                return WalkBlocks(ref cursor, map.Values, hasKeys: true);
            case UnionType union:
                cursor.Enter();
                int index = cursor.ReadIndex(union.Branches.Count, "union");
                bool found = cursor.Position > offset || Walk(ref cursor, union.Branches[index]);
                cursor.Leave();
                return found;
            default:
                AvroSkip.SkipLeaf(ref cursor, type);
                return cursor.Position > offset;
        }
    }

    private bool WalkRecord(ref AvroCursor cursor, RecordType record)
    {
        cursor.Enter();
        foreach (AvroField field in record.Fields)
        {
            path.Add(field.Name);
            if (Walk(ref cursor, field.Type))
                return true;
            path.RemoveAt(path.Count - 1);
        }
        cursor.Leave();
        return false;
    }

    private bool WalkBlocks(ref AvroCursor cursor, AvroType items, bool hasKeys)
    {
        cursor.Enter();
        for (long at = 0; ;)
        {
            long count = cursor.ReadBlockCount(out _);
            if (cursor.Position > offset)
                return true;
            if (count == 0)
                break;
            if (!hasKeys && items.BytesMin == 0)
                continue;
            for (long i = 0; i < count; i++, at++)
            {
                path.Add("[" + at.ToString(CultureInfo.InvariantCulture) + "]");
                if (hasKeys)
                    cursor.SkipSized("a string");
                if (cursor.Position > offset || Walk(ref cursor, items))
                    return true;
                path.RemoveAt(path.Count - 1);
            }
        }
        cursor.Leave();
        return false;
    }
}
