namespace StreamDeploy.Connectors.Embedded;

/// <summary>The engine of this process: there can be one at a time, with one data folder.</summary>
/// <remarks>A connection without statements keeps it up for as long as this is not disposed.</remarks>
internal sealed class ChdbEngine : IDisposable
{
    private static readonly Lock Opening = new();
    private static ChdbEngine? _running;

    private readonly string[] _arguments;
    private readonly ChdbConnection _anchor;

    private ChdbEngine(string dataPath, string[] arguments)
    {
        DataPath = dataPath;
        _arguments = arguments;
        _anchor = new ChdbConnection(arguments);
    }

    public string DataPath { get; }

    public static ChdbEngine Open(string? libraryPath, string dataPath, long memoryBytesMax)
    {
        lock (Opening)
        {
            ChdbLibrary.Load(libraryPath);
            if (_running is not null)
                throw new InvalidOperationException(
                    $"The ClickHouse engine of this process already runs with {_running.DataPath}; a process can hold one only: stop it first.");
            DataFolder.Prepare(dataPath);
            // What clickhouse-local allows and a server does not: statements without SELECT, functions that look into the process.
            string[] arguments = [$"--path={dataPath}", $"--max_server_memory_usage={memoryBytesMax}", "--implicit_select=0", "--allow_introspection_functions=0"];
            try
            {
                return _running = new ChdbEngine(dataPath, arguments);
            }
            catch (ChdbException e)
            {
                throw new IOException($"ClickHouse's engine cannot open the data in {dataPath}: its own message is above.", e);
            }
        }
    }

    /// <param name="settings">Query settings for the connection, as "name=value".</param>
    public ChdbConnection Connect(params IReadOnlyList<string> settings) => new([.. _arguments, .. settings.Select(setting => "--" + setting)]);

    /// <remarks>All other connections must be closed before.</remarks>
    public void Dispose()
    {
        lock (Opening)
        {
            _anchor.Dispose();
            _running = null;
        }
    }
}
