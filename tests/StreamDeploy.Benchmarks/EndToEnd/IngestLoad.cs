using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using StreamDeploy.Benchmarks.EndToEnd.Children;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>Deployment events over HTTP from many connections at once, each waiting for its answer, beside a server that only answers and a producer that only writes.</summary>
internal sealed class IngestLoad(Cluster cluster, BenchSettings settings, Action<string> progress)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(120);

    private static readonly (string Verb, string Name)[] Cases = [("ingest", "ingest"), ("kestrel", "HTTP server alone"), ("produce", "producer alone")];

    public async Task<IReadOnlyList<IngestReport>> RunAsync(CancellationToken cancellationToken)
    {
        var topics = await cluster.CreateTopicsAsync("ingest", cancellationToken);
        var runs = Cases.ToDictionary(each => each.Name, _ => new List<LoadReport>());
        for (var run = 1; run <= settings.Runs; run++)
        {
            foreach (var (verb, name) in Cases)
            {
                var order = cluster.Order(topics, $"ingest-{run}", settings) with { Records = Math.Min(settings.Records, 200_000) };
                var report = verb == "produce" ? Produced(order, cancellationToken) : await SentAsync(verb, order, cancellationToken);
                runs[name].Add(report);
                progress(string.Create(CultureInfo.InvariantCulture, $"run {run} of {settings.Runs}, {name}: {report.PerSecond:N0} events/s, p50 {report.P50Ms:N1}, p99 {report.P99Ms:N1} ms, {report.CpuSeconds:N1} CPU s"));
            }
        }
        return [.. runs.Select(each => new IngestReport(
            each.Key, Statistics.Median(each.Value.Select(r => r.PerSecond)), Statistics.Median(each.Value.Select(r => r.P50Ms)), Statistics.Median(each.Value.Select(r => r.P99Ms)), each.Value))];
    }

    private static LoadReport Produced(ChildOrder order, CancellationToken cancellationToken)
    {
        using var child = new Child("produce", order);
        var report = child.Read(Limit, cancellationToken).Load!;
        child.Join();
        return report;
    }

    private static async Task<LoadReport> SentAsync(string verb, ChildOrder order, CancellationToken cancellationToken)
    {
        using var child = new Child(verb, order);
        var port = child.Read(Limit, cancellationToken).Port!.Value;
        var connections = new Connection[MeasuredIngest.Accounts];
        for (var i = 0; i < connections.Length; i++) connections[i] = await Connection.OpenAsync(port, MeasuredIngest.KeyOf(i), cancellationToken);
        try
        {
            var report = await new ClosedLoop(order.Records, connections.Length).RunAsync((client, number) => connections[client].SendAsync(number));
            child.TellEnd();
            return report with { CpuSeconds = child.Read(Limit, cancellationToken).CpuSeconds!.Value };
        }
        finally
        {
            foreach (var connection in connections) connection.Dispose();
        }
    }

    /// <summary>One kept connection. As little as there is, because it runs on the cores of what is measured.</summary>
    private sealed class Connection(Socket socket, string key) : IDisposable
    {
        private static readonly byte[] Accepted = "HTTP/1.1 202"u8.ToArray();
        private readonly byte[] _answer = new byte[4096];

        public static async Task<Connection> OpenAsync(int port, string key, CancellationToken cancellationToken)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return new(socket, key);
        }

        public async Task SendAsync(long number)
        {
            var body = string.Create(CultureInfo.InvariantCulture, $$"""
                {"summary":"Deploy checkout 2.31","eventId":"event-{{number}}","service":"checkout","environment":"production","version":"2.31","commit":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","repository":"acme/checkout","status":"SUCCEEDED"}
                """);
            var request = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
                $"POST /api/deployment-events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"));
            await socket.SendAsync(request);
            var read = 0;
            while (!_answer.AsSpan(0, read).EndsWith("\r\n\r\n"u8))
            {
                var more = await socket.ReceiveAsync(_answer.AsMemory(read));
                if (more == 0) throw new BenchException("the server closed a connection");
                read += more;
                if (!_answer.AsSpan(0, Math.Min(read, Accepted.Length)).SequenceEqual(Accepted.AsSpan(0, Math.Min(read, Accepted.Length))))
                    throw new BenchException("an event was not taken: " + Encoding.ASCII.GetString(_answer, 0, read));
            }
        }

        public void Dispose() => socket.Dispose();
    }
}

/// <summary>Medians of the runs, and each run's.</summary>
internal sealed record IngestReport(string Case, double PerSecond, double P50Ms, double P99Ms, IReadOnlyList<LoadReport> Runs);
