using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Embedded;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>An embedded ClickHouse for the tests of a class.</summary>
/// <remarks>A process holds one engine only: every class that starts one is in the collection <see cref="EmbeddedClickHouseTests"/>, whose classes run one after another.</remarks>
public sealed class EmbeddedClickHouseFixture : IAsyncLifetime
{
    private EmbeddedClickHouse? _server;

    public Uri Url => _server?.Url ?? throw new InvalidOperationException("libchdb is missing; a test must carry [ClickHouseFact]");

    public string DataPath => _server!.DataPath;

    public HttpClient Http { get; } = new() { Timeout = TimeSpan.FromMinutes(2) };

    public async Task InitializeAsync()
    {
        if (ClickHouseFactAttribute.IsThere)
            _server = await EmbeddedClickHouse.StartAsync(new EmbeddedClickHouseSettings(), NullLoggerFactory.Instance);
    }

    public async Task DisposeAsync()
    {
        Http.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
    }

    /// <summary>A database with all tables and views.</summary>
    internal async Task<ClickHouseSettings> NewHistoryAsync()
    {
        var settings = new ClickHouseSettings { Url = Url.ToString(), Database = "h" + Guid.NewGuid().ToString("N") };
        using var http = new ClickHouseHttp(settings);
        await new SchemaSetup(settings, http).RunAsync(dryRun: false, CancellationToken.None);
        return settings;
    }

    /// <summary>A database of its own for a test: dropped with the server.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        string name = "t" + Guid.NewGuid().ToString("N");
        await PostAsync($"CREATE DATABASE {name}");
        return name;
    }

    public async Task<string> PostAsync(string sql, string url = "")
    {
        using HttpResponseMessage response = await Http.PostAsync(new Uri(Url, "/?" + url), new StringContent(sql));
        string text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{sql}: {text}");
        return text;
    }
}

[CollectionDefinition(Name)]
public sealed class EmbeddedClickHouseTests
{
    public const string Name = "embedded ClickHouse";
}

/// <summary>A test that needs libchdb: skipped where it is missing, unless CI is set, where that is a failure.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClickHouseFactAttribute : FactAttribute
{
    public ClickHouseFactAttribute()
    {
        if (!IsThere)
            Skip = "libchdb.so is missing: run `streamdeploy setup`";
    }

    public static bool IsThere { get; } = Environment.GetEnvironmentVariable("CI") == "true" || EmbeddedClickHouse.IsInstalled;
}
