using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace StreamDeploy.Connectors.Embedded;

/// <summary>ClickHouse inside this process: its engine (libchdb) behind its HTTP interface, on loopback.</summary>
/// <remarks>
/// One at a time in a process, because the engine is. It speaks to curl, to @clickhouse/client and to whatever sends SQL over HTTP; it has no
/// native protocol, no roles and no users but default and reader. Results are whole before the first byte is sent, so a query that
/// fails late has its status and not half a result.
/// </remarks>
public sealed partial class EmbeddedClickHouse : IAsyncDisposable
{
    // For the queries to end, then for their answers to be sent, then for the engine to close: together less than the ten seconds that a process has to end in.
    private static readonly TimeSpan QueriesLimit = TimeSpan.FromSeconds(3), WebLimit = TimeSpan.FromSeconds(2), EngineLimit = TimeSpan.FromSeconds(3);

    private readonly ChdbEngine _engine;
    private readonly ClickHouseQueries _queries;
    private readonly WebApplication _web;
    private readonly bool _deleteData;
    private readonly ILogger _log;
    private int _disposed;

    private EmbeddedClickHouse(ChdbEngine engine, ClickHouseQueries queries, WebApplication web, bool deleteData, ILogger log)
    {
        (_engine, _queries, _web, _deleteData, _log) = (engine, queries, web, deleteData, log);
        string address = web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Url = new Uri(address);
        // A process that ends while the engine writes ends with SIGSEGV instead of its exit code.
        AppDomain.CurrentDomain.ProcessExit += DisposeAtExit;
    }

    /// <summary>Whether libchdb is where <see cref="EmbeddedClickHouseSettings.LibraryPath"/> says that it is looked for.</summary>
    public static bool IsInstalled => File.Exists(ChdbLibrary.FindPath());

    public Uri Url { get; }

    public string DataPath => _engine.DataPath;

    /// <exception cref="EmbeddedClickHouseUnavailableException">libchdb is missing or cannot run here.</exception>
    /// <exception cref="IOException">The folder or the port cannot be had.</exception>
    public static async Task<EmbeddedClickHouse> StartAsync(EmbeddedClickHouseSettings settings, ILoggerFactory logs, CancellationToken cancellation = default)
    {
        if (settings.Problem() is { } problem)
            throw new ArgumentException(problem, nameof(settings));
        string dataPath = Path.GetFullPath(settings.DataPath ?? Directory.CreateTempSubdirectory("streamdeploy-clickhouse-").FullName);
        ChdbEngine? engine = null;
        ClickHouseQueries? queries = null;
        WebApplication? web = null;
        try
        {
            // Loading half a gigabyte of library blocks for a while.
            engine = await Task.Run(() => ChdbEngine.Open(settings.LibraryPath, dataPath, settings.MemoryBytesMax), cancellation);
            queries = new ClickHouseQueries(engine, settings);
            string timezone = await queries.PrepareAsync();
            web = BuildWeb(settings, logs);
            var endpoints = new ClickHouseEndpoints(queries, settings, timezone, logs.CreateLogger<ClickHouseEndpoints>());
            web.Run(endpoints.HandleAsync);
            await ListenAsync(web, settings, cancellation);
            var server = new EmbeddedClickHouse(engine, queries, web, settings.DataPath is null, logs.CreateLogger<EmbeddedClickHouse>());
            LogListens(server._log, server.Url, dataPath);
            return server;
        }
        catch
        {
            if (web is not null)
                await web.DisposeAsync();
            queries?.Dispose();
            engine?.Dispose();
            if (settings.DataPath is null)
                Directory.Delete(dataPath, recursive: true);
            throw;
        }
    }

    /// <summary>Takes no more requests, ends the running ones, closes the engine. What was acknowledged is on the disk.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        AppDomain.CurrentDomain.ProcessExit -= DisposeAtExit;
        bool idle = await _queries.StopAsync(QueriesLimit);
        using (var limit = new CancellationTokenSource(WebLimit))
            await _web.StopAsync(limit.Token);
        await _web.DisposeAsync();
        // Closing the engine under a running statement ends the process; a connection left open does not.
        if (!idle || !await CloseEngineAsync())
        {
            LogEngineStaysOpen(_log);
            AppDomain.CurrentDomain.ProcessExit += (_, _) => ChdbLibrary.ExitAtOnce(Environment.ExitCode);
        }
        else if (_deleteData)
        {
            Directory.Delete(DataPath, recursive: true);
        }
    }

    /// <returns>False where it takes longer than it may: it waits for its merges to notice.</returns>
    private async Task<bool> CloseEngineAsync()
    {
        _queries.Dispose();
        Task closing = Task.Factory.StartNew(_engine.Dispose, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (await Task.WhenAny(closing, Task.Delay(EngineLimit)) != closing)
            return false;
        await closing;
        return true;
    }

    private void DisposeAtExit(object? sender, EventArgs e) => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private static async Task ListenAsync(WebApplication web, EmbeddedClickHouseSettings settings, CancellationToken cancellation)
    {
        try
        {
            await web.StartAsync(cancellation);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new IOException($"ClickHouse cannot listen on {new IPEndPoint(settings.ListenAddress, settings.Port)}: {(e.InnerException ?? e).Message}", e);
        }
    }

    private static WebApplication BuildWeb(EmbeddedClickHouseSettings settings, ILoggerFactory logs)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = settings.BodyBytesMax;
            kestrel.Limits.MaxRequestLineSize = 1 << 20;
            kestrel.Limits.MaxRequestBufferSize = 2 << 20;
            kestrel.Listen(settings.ListenAddress, settings.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder.Build();
    }

    /// <summary>Ends with its owner. The default one would stop this server at the first SIGTERM, before those who write to it have flushed.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "ClickHouse listens at {Url}; its data is in {DataPath}")]
    private static partial void LogListens(ILogger log, Uri url, string dataPath);

    [LoggerMessage(Level = LogLevel.Error, Message = "A ClickHouse statement does not end: the engine stays open until the process ends")]
    private static partial void LogEngineStaysOpen(ILogger log);
}
