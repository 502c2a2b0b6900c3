using System.Collections.Frozen;

namespace StreamDeploy.Schemas.Avro;

/// <summary>What compiled readers call.</summary>
internal static class ReadSteps
{
    public static bool ReadBoolean(ref AvroCursor cursor) => cursor.ReadBoolean();

    public static int ReadInt(ref AvroCursor cursor) => cursor.ReadInt();

    public static long ReadLong(ref AvroCursor cursor) => cursor.ReadLong();

    public static float ReadFloat(ref AvroCursor cursor) => cursor.ReadFloat();

    public static double ReadDouble(ref AvroCursor cursor) => cursor.ReadDouble();

    public static string ReadString(ref AvroCursor cursor, StringCache cache) => cursor.ReadString(cache);

    public static byte[] ReadBytes(ref AvroCursor cursor) => cursor.ReadBytes();

    public static byte[] ReadFixed(ref AvroCursor cursor, int size) => cursor.ReadFixed(size);

    public static void Enter(ref AvroCursor cursor) => cursor.Enter();

    public static void Leave(ref AvroCursor cursor) => cursor.Leave();

    public static int ReadUnionIndex(ref AvroCursor cursor, int count) => cursor.ReadIndex(count, "union");

    /// <summary>The branch that was written has no place in the reader's schema.</summary>
    public static T Unreadable<T>(ref AvroCursor cursor, string problem) => throw AvroCursor.Wrong(cursor.IndexAt, problem);

    public static int ReadEnum(ref AvroCursor cursor, SymbolMap symbols) => symbols.Read(ref cursor);

    public static T[] ReadArray<T>(ref AvroCursor cursor, ReadSlot<T> item, int itemBytesMin)
    {
        cursor.Enter();
        T[] items = [];
        int used = 0;
        while (cursor.ReadBlock(itemBytesMin) is var count and > 0)
        {
            if (items.Length - used < count)
                Array.Resize(ref items, used == 0 ? count : Math.Max(used + count, 2 * used));
            for (int i = 0; i < count; i++)
                items[used++] = item.Read(ref cursor);
        }
        if (used < items.Length)
            Array.Resize(ref items, used);
        cursor.Leave();
        return items;
    }

    public static IReadOnlyDictionary<string, T> ReadMap<T>(ref AvroCursor cursor, ReadSlot<T> value, int entryBytesMin)
    {
        cursor.Enter();
        Dictionary<string, T>? entries = null;
        while (cursor.ReadBlock(entryBytesMin) is var count and > 0)
        {
            entries ??= new Dictionary<string, T>(count, StringComparer.Ordinal);
            for (int i = 0; i < count; i++)
                entries[cursor.ReadString()] = value.Read(ref cursor);
        }
        cursor.Leave();
        return entries ?? (IReadOnlyDictionary<string, T>)FrozenDictionary<string, T>.Empty;
    }

    public static long FloorDivide(long value, long by) => (value / by) - (value % by < 0 ? 1 : 0);
}
