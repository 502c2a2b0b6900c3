using System.Runtime.InteropServices;
using System.Text;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>What the engine answered instead of a result: "Code: 60. DB::Exception: … (UNKNOWN_TABLE)".</summary>
internal sealed class ChdbException(string message) : Exception(message);

/// <summary>A connection of the engine, for the statements of one request.</summary>
/// <remarks>
/// One statement at a time; every call blocks. A connection costs 0.2 ms, and after an error what the failed query had written so far comes out
/// with the next one's result: so none is used for a second request, except by a session, which takes that out first.
/// </remarks>
internal sealed unsafe class ChdbConnection : IDisposable
{
    private nint* _connection;

    /// <param name="arguments">"--path=…", server settings, and query settings that hold for this connection.</param>
    public ChdbConnection(IReadOnlyList<string> arguments)
    {
        using var argv = new NativeStrings(["clickhouse", .. arguments]);
        _connection = ChdbLibrary.chdb_connect(arguments.Count + 1, argv.Pointers);
        if (_connection is null)
            throw new ChdbException($"the engine did not open with {string.Join(' ', arguments)}");
    }

    public ChdbResult Query(string sql, string format, IReadOnlyDictionary<string, string>? parameters = null)
    {
        using var text = new NativeStrings([sql, format]);
        using var names = new NativeStrings([.. parameters?.Keys ?? []]);
        using var values = new NativeStrings([.. parameters?.Values ?? []]);
        nint result = ChdbLibrary.chdb_query_with_params_n(*_connection, text.Pointers[0], text.Lengths[0], text.Pointers[1], text.Lengths[1],
            names.Pointers, names.Lengths, values.Pointers, values.Lengths, (nuint)names.Count);
        return new ChdbResult(result);
    }

    public string ReadText(string sql, IReadOnlyDictionary<string, string>? parameters = null)
    {
        using ChdbResult result = Query(sql, "TSVRaw", parameters);
        using var reader = new StreamReader(result.OpenRead());
        return reader.ReadToEnd();
    }

    public void Execute(string sql) => Query(sql, "Null").Dispose();

    /// <summary>Starts an INSERT whose rows are then appended; the connection takes no other statement until it is disposed.</summary>
    public ChdbInsert Insert(string sql, string format, IReadOnlyDictionary<string, string>? parameters = null)
    {
        using var text = new NativeStrings([sql, format]);
        using var names = new NativeStrings([.. parameters?.Keys ?? []]);
        using var values = new NativeStrings([.. parameters?.Values ?? []]);
        nint insert = ChdbLibrary.chdb_stream_insert_with_params_n(*_connection, text.Pointers[0], text.Lengths[0], text.Pointers[1], text.Lengths[1],
            names.Pointers, names.Lengths, values.Pointers, values.Lengths, (nuint)names.Count);
        return new ChdbInsert(insert);
    }

    public void Dispose()
    {
        if (_connection is not null)
            ChdbLibrary.chdb_close_conn(_connection);
        _connection = null;
    }

    /// <summary>UTF-8 strings, ended by zero, in unmanaged memory for the time of a call.</summary>
    private sealed class NativeStrings : IDisposable
    {
        public NativeStrings(IReadOnlyList<string> strings)
        {
            Count = strings.Count;
            Pointers = (byte**)NativeMemory.AllocZeroed((nuint)Count + 1, (nuint)sizeof(byte*));
            Lengths = (nuint*)NativeMemory.AllocZeroed((nuint)Count + 1, (nuint)sizeof(nuint));
            for (int i = 0; i < Count; i++)
            {
                Lengths[i] = (nuint)Encoding.UTF8.GetByteCount(strings[i]);
                Pointers[i] = (byte*)NativeMemory.AllocZeroed(Lengths[i] + 1);
                Encoding.UTF8.GetBytes(strings[i], new Span<byte>(Pointers[i], (int)Lengths[i]));
            }
        }

        public int Count { get; }

        public byte** Pointers { get; }

        public nuint* Lengths { get; }

        public void Dispose()
        {
            for (int i = 0; i < Count; i++)
                NativeMemory.Free(Pointers[i]);
            NativeMemory.Free(Pointers);
            NativeMemory.Free(Lengths);
        }
    }
}

/// <summary>Rows on their way into a table. Nothing is committed before <see cref="Complete"/>; disposing without it cancels.</summary>
internal sealed unsafe class ChdbInsert : IDisposable
{
    private nint _insert;

    public ChdbInsert(nint insert)
    {
        _insert = insert;
        try
        {
            ThrowOnError();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <remarks>Blocks while the engine is behind.</remarks>
    public void Append(ReadOnlySpan<byte> data)
    {
        int state;
        fixed (byte* start = data)
            state = ChdbLibrary.chdb_stream_append(_insert, start, (nuint)data.Length);
        if (state != 0)
        {
            ThrowOnError();
            throw new ChdbException("the engine took no more rows and did not say why");
        }
    }

    public ChdbResult Complete() => new(ChdbLibrary.chdb_stream_done(_insert));

    public void Dispose()
    {
        if (_insert != 0)
            ChdbLibrary.chdb_destroy_insert_stream(_insert);
        _insert = 0;
    }

    private void ThrowOnError()
    {
        if (Marshal.PtrToStringUTF8(ChdbLibrary.chdb_stream_insert_error(_insert)) is { Length: > 0 } error)
            throw new ChdbException(error);
    }
}

/// <summary>A whole result in the engine's memory, and its figures.</summary>
internal sealed class ChdbResult : SafeHandle
{
    /// <exception cref="ChdbException">The result is an error.</exception>
    public ChdbResult(nint result) : base(0, ownsHandle: true)
    {
        SetHandle(result);
        if (Marshal.PtrToStringUTF8(ChdbLibrary.chdb_result_error(result)) is { Length: > 0 } error)
        {
            Dispose();
            throw new ChdbException(error);
        }
    }

    public override bool IsInvalid => handle == 0;

    public long Length => checked((long)ChdbLibrary.chdb_result_length(handle));

    public ulong RowsInResult => ChdbLibrary.chdb_result_rows_read(handle);

    public ulong RowsRead => ChdbLibrary.chdb_result_storage_rows_read(handle);

    public ulong BytesRead => ChdbLibrary.chdb_result_storage_bytes_read(handle);

    public ulong RowsWritten => ChdbLibrary.chdb_result_rows_written(handle);

    public ulong BytesWritten => ChdbLibrary.chdb_result_bytes_written(handle);

    public TimeSpan Elapsed => TimeSpan.FromSeconds(ChdbLibrary.chdb_result_elapsed(handle));

    /// <summary>Reads the result where it lies: valid only until this is disposed.</summary>
    public unsafe Stream OpenRead() => Length == 0 ? Stream.Null : new UnmanagedMemoryStream((byte*)ChdbLibrary.chdb_result_buffer(handle), Length);

    protected override bool ReleaseHandle()
    {
        ChdbLibrary.chdb_destroy_query_result(handle);
        return true;
    }
}
