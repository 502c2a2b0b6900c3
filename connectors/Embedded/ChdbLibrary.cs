using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>The functions of libchdb, ClickHouse's engine in a library, and how it is found and loaded.</summary>
/// <remarks>Every call blocks, some for as long as a query runs: never call it from the thread pool.</remarks>
internal static partial class ChdbLibrary
{
    private const string Name = NativeLibraries.Chdb;
    private static readonly Lock Loading = new();
    private static bool _loaded;

    public static string? FindPath() => FetchedFiles.Find("chdb", "libchdb.so");

    /// <exception cref="EmbeddedClickHouseUnavailableException">The library is missing, or cannot run on this machine.</exception>
    public static void Load(string? path)
    {
        lock (Loading)
        {
            if (_loaded)
                return;
            path ??= FindPath();
            if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
                throw Unavailable($"libchdb runs on Linux x64 only, this is {RuntimeInformation.RuntimeIdentifier}");
            // Without these the engine's first instruction that needs them ends the process.
            if (!Sse42.IsSupported || !Popcnt.IsSupported)
                throw Unavailable("the processor lacks SSE 4.2 or POPCNT, which ClickHouse needs");
            if (path is null || !File.Exists(path))
                throw Unavailable($"libchdb.so was not found{(path is null ? "" : $" at {path}")}");
            try
            {
                NativeLibraries.UseChdb(NativeLibrary.Load(path));
                // Its handlers would take SIGSEGV from the runtime, which turns it into NullReferenceException.
                chdb_set_signal_handlers_enabled(0);
            }
            catch (Exception e) when (e is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException)
            {
                throw Unavailable($"{path} could not be loaded: {e.Message}", e);
            }
            _loaded = true;
        }
    }

    /// <summary>Ends the process without what the library does at exit: under a statement that still runs that is a SIGSEGV.</summary>
    internal static void ExitAtOnce(int code) => _exit(code);

    private static EmbeddedClickHouseUnavailableException Unavailable(string why, Exception? inner = null) => new(
        $"The embedded ClickHouse cannot start: {why}. Run `streamdeploy setup`, which fetches it, set STREAMDEPLOY_DEPS to the folder that holds "
        + "chdb/libchdb.so, or give the URL of a ClickHouse server.", inner);

    [LibraryImport("libc")]
    private static partial void _exit(int code);

    [LibraryImport(Name)]
    private static partial void chdb_set_signal_handlers_enabled(int enabled);

    [LibraryImport(Name)]
    internal static unsafe partial nint* chdb_connect(int argc, byte** argv);

    [LibraryImport(Name)]
    internal static unsafe partial void chdb_close_conn(nint* connection);

    [LibraryImport(Name)]
    internal static unsafe partial nint chdb_query_with_params_n(nint connection, byte* sql, nuint sqlLength, byte* format, nuint formatLength,
        byte** names, nuint* nameLengths, byte** values, nuint* valueLengths, nuint count);

    [LibraryImport(Name)]
    internal static unsafe partial nint chdb_stream_insert_with_params_n(nint connection, byte* sql, nuint sqlLength, byte* format, nuint formatLength,
        byte** names, nuint* nameLengths, byte** values, nuint* valueLengths, nuint count);

    [LibraryImport(Name)]
    internal static unsafe partial int chdb_stream_append(nint insert, byte* data, nuint length);

    [LibraryImport(Name)]
    internal static partial nint chdb_stream_done(nint insert);

    [LibraryImport(Name)]
    internal static partial nint chdb_stream_insert_error(nint insert);

    [LibraryImport(Name)]
    internal static partial void chdb_destroy_insert_stream(nint insert);

    [LibraryImport(Name)]
    internal static partial void chdb_destroy_query_result(nint result);

    [LibraryImport(Name)]
    internal static partial nint chdb_result_buffer(nint result);

    [LibraryImport(Name)]
    internal static partial nuint chdb_result_length(nint result);

    [LibraryImport(Name)]
    internal static partial nint chdb_result_error(nint result);

    [LibraryImport(Name)]
    internal static partial double chdb_result_elapsed(nint result);

    [LibraryImport(Name)]
    internal static partial ulong chdb_result_rows_read(nint result);

    [LibraryImport(Name)]
    internal static partial ulong chdb_result_storage_rows_read(nint result);

    [LibraryImport(Name)]
    internal static partial ulong chdb_result_storage_bytes_read(nint result);

    [LibraryImport(Name)]
    internal static partial ulong chdb_result_rows_written(nint result);

    [LibraryImport(Name)]
    internal static partial ulong chdb_result_bytes_written(nint result);
}
