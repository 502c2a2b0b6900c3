using System.Globalization;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>Whatever is sent, the process answers, with ClickHouse's codes, within its memory, and lives on.</summary>
/// <remarks>STREAMDEPLOY_FUZZ says how many requests, STREAMDEPLOY_FUZZ_SEED from which seed on; a failure names its own.</remarks>
public sealed class ClickHouseFuzzTests
{
    private const int MemoryMb = 700, Clients = 4;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(20);

    [EmbeddedClickHouseFact]
    public async Task Nothing_ends_it_hangs_it_or_leaves_it_without_a_code()
    {
        int requests = Number("STREAMDEPLOY_FUZZ", 1200), first = Number("STREAMDEPLOY_FUZZ_SEED", 1);
        string folder = Directory.CreateTempSubdirectory("streamdeploy-fuzz-").FullName;
        try
        {
            using ClickHouseProcess server = await ClickHouseProcess.StartAsync(folder, "--memory-mb", MemoryMb.ToString(CultureInfo.InvariantCulture));
            await server.PostAsync("CREATE TABLE t (a Int32, s String) ENGINE = MergeTree ORDER BY a");
            using var http = new HttpClient { Timeout = AnswerLimit };
            await Parallel.ForEachAsync(Enumerable.Range(first, requests), new ParallelOptions { MaxDegreeOfParallelism = Clients }, (seed, _) => SendAsync(http, server, seed));
            Assert.Equal("1\n", await server.PostAsync("SELECT 1"));
            // The runtime, the library's code and what the allocator keeps come on top of what the engine may have.
            Assert.InRange(server.PeakMemoryMb, 100, MemoryMb + 900);
            Assert.Equal(0, await server.StopAsync("TERM", TimeSpan.FromSeconds(10)));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async ValueTask SendAsync(HttpClient http, ClickHouseProcess server, int seed)
    {
        var fuzzed = FuzzedRequest.Make(new Random(seed));
        string what = $"seed {seed}: {fuzzed.Method} {fuzzed.Url} {System.Text.Encoding.Latin1.GetString(fuzzed.Body.AsSpan(0, Math.Min(300, fuzzed.Body.Length)))}";
        try
        {
            using var request = new HttpRequestMessage(new HttpMethod(fuzzed.Method), server.Url + fuzzed.Url[1..]) { Content = new ByteArrayContent(fuzzed.Body) };
            if (fuzzed.ContentEncoding is not null)
                request.Content.Headers.ContentEncoding.Add(fuzzed.ContentEncoding);
            using HttpResponseMessage response = await http.SendAsync(request);
            int status = (int)response.StatusCode;
            string? code = response.Headers.TryGetValues("X-ClickHouse-Exception-Code", out IEnumerable<string>? codes) ? codes.Single() : null;
            // No such path, and no such method, have none; 1002 is for what nobody thought of.
            Assert.True(status is 200 or 404 or 501 || code is not null, $"{what}: {status} without a code");
            Assert.True(code != "1002", $"{what}: {await response.Content.ReadAsStringAsync()}");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            throw new InvalidOperationException($"{what}: {e.Message}", e);
        }
    }

    private static int Number(string variable, int fallback) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;
}
