using System.Collections.Concurrent;
using System.Globalization;
using System.Text;

namespace StreamDeploy.IntegrationTests.ClickHouse;

/// <summary>What was acknowledged outlives a kill -9, and what was not can be sent again.</summary>
public sealed class ClickHouseKillNineTests
{
    private const int Kills = 4, Writers = 3, RowsPerBatch = 3000, AcknowledgedPerLife = 25;
    private static int _attempts;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [EmbeddedClickHouseFact]
    public async Task Every_acknowledged_batch_is_there_once_after_kills_in_the_middle_of_inserts()
    {
        string folder = Directory.CreateTempSubdirectory("streamdeploy-kill-nine-").FullName;
        var batches = new Batches();
        try
        {
            for (int life = 0; life <= Kills; life++)
            {
                using ClickHouseProcess server = await ClickHouseProcess.StartAsync(folder);
                if (life == 0)
                    await CreateTablesAsync(server);
                await CheckAsync(server, batches);
                await RepeatAsync(server, batches);
                if (life < Kills)
                    await WriteUntilKilledAsync(server, batches);
            }
            Assert.True(batches.Acknowledged.Count >= Kills * AcknowledgedPerLife);
            Assert.True(batches.EverUnacknowledged > 0, "no insert was in flight at any of the kills");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task CreateTablesAsync(ClickHouseProcess server)
    {
        const string settings = "SETTINGS non_replicated_deduplication_window = 1000";
        await server.PostAsync($"CREATE TABLE whole (batch UInt32, n UInt32, attempt UInt32) ENGINE = MergeTree ORDER BY (batch, n) {settings}");
        await server.PostAsync($"CREATE TABLE parted (batch UInt32, n UInt32, attempt UInt32) ENGINE = MergeTree PARTITION BY n % 3 ORDER BY (batch, n) {settings}");
    }

    /// <summary>Before anything is repeated: a batch of one partition is there wholly or not at all; an acknowledged one is there.</summary>
    private static async Task CheckAsync(ClickHouseProcess server, Batches batches)
    {
        Dictionary<int, int> whole = await CountAsync(server, "whole"), parted = await CountAsync(server, "parted");
        Assert.All(whole, batch => Assert.Equal(RowsPerBatch, batch.Value));
        Assert.All(parted, batch => Assert.True(batch.Value % (RowsPerBatch / 3) == 0 && batch.Value <= RowsPerBatch, $"{batch.Value} rows of batch {batch.Key}"));
        Assert.Empty(batches.Acknowledged.Except(whole.Keys));
        Assert.Empty(batches.Acknowledged.Except(parted.Where(batch => batch.Value == RowsPerBatch).Select(batch => batch.Key)));
    }

    /// <summary>With the same tokens, and an acknowledged one too: then each batch is there once, of several partitions or of one.</summary>
    private static async Task RepeatAsync(ClickHouseProcess server, Batches batches)
    {
        foreach (int batch in batches.Unacknowledged.Concat(batches.Acknowledged.Take(2)).ToList())
        {
            await InsertAsync(server, batch);
            batches.Acknowledge(batch);
        }
        foreach (string table in (string[])["whole", "parted"])
        {
            Dictionary<int, int> rows = await CountAsync(server, table);
            Assert.Equal(batches.Acknowledged.Order(), rows.Keys.Order());
            Assert.All(rows, batch => Assert.Equal(RowsPerBatch, batch.Value));
        }
    }

    private static async Task WriteUntilKilledAsync(ClickHouseProcess server, Batches batches)
    {
        int acknowledged = 0;
        var enough = new TaskCompletionSource();
        bool killed = false;
        Task[] writers = [.. Enumerable.Range(0, Writers).Select(_ => Task.Run(async () =>
        {
            while (!Volatile.Read(ref killed))
            {
                int batch = batches.Next();
                try
                {
                    await InsertAsync(server, batch);
                }
                catch (HttpRequestException)
                {
                    return;
                }
                batches.Acknowledge(batch);
                if (Interlocked.Increment(ref acknowledged) == AcknowledgedPerLife)
                    enough.SetResult();
            }
        }))];
        await enough.Task.WaitAsync(Limit);
        await server.KillAsync();
        Volatile.Write(ref killed, true);
        await Task.WhenAll(writers).WaitAsync(Limit);
    }

    private static async Task InsertAsync(ClickHouseProcess server, int batch)
    {
        // Each attempt has other rows: only the token says that it is the same batch.
        int attempt = Interlocked.Increment(ref _attempts);
        var rows = new StringBuilder();
        for (int n = 0; n < RowsPerBatch; n++)
            rows.Append(CultureInfo.InvariantCulture, $"{batch},{n},{attempt}\n");
        foreach (string table in (string[])["whole", "parted"])
            await server.PostAsync(rows.ToString(), $"insert_deduplication_token=batch-{batch}&query=INSERT%20INTO%20{table}%20FORMAT%20CSV");
    }

    private static async Task<Dictionary<int, int>> CountAsync(ClickHouseProcess server, string table) =>
        (await server.PostAsync($"SELECT batch, count() FROM {table} GROUP BY batch")).Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('\t')).ToDictionary(pair => int.Parse(pair[0], CultureInfo.InvariantCulture), pair => int.Parse(pair[1], CultureInfo.InvariantCulture));

    /// <summary>Which batches were sent, and which of these were acknowledged.</summary>
    private sealed class Batches
    {
        private readonly ConcurrentDictionary<int, bool> _acknowledged = new();
        private int _last;

        public int EverUnacknowledged { get; private set; }

        public List<int> Acknowledged => [.. _acknowledged.Where(batch => batch.Value).Select(batch => batch.Key)];

        public List<int> Unacknowledged
        {
            get
            {
                List<int> batches = [.. _acknowledged.Where(batch => !batch.Value).Select(batch => batch.Key)];
                EverUnacknowledged += batches.Count;
                return batches;
            }
        }

        public int Next()
        {
            int batch = Interlocked.Increment(ref _last);
            _acknowledged[batch] = false;
            return batch;
        }

        public void Acknowledge(int batch) => _acknowledged[batch] = true;
    }
}
