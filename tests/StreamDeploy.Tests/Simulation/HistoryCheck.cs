using System.Text;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.Tests.Simulation;

/// <summary>Compares what a reader of committed records sees at the end with what the oracle says of the records.</summary>
internal sealed class HistoryCheck(SimulatedWorld world, HistoryLog log, IReadOnlyDictionary<Arrival, long> offsets)
{
    private readonly RecordDecoder<Enrichment> _decoder = new(SimulatedSchemas.All.Registry);

    public string? Difference()
    {
        var letters = world.Broker.Of(world.Topics.DeadLetters).SelectMany(l => l.Visible()).Select(Origin.OfLetter).ToList();
        return OfAnswers(letters) ?? OfDeadLetters(letters) ?? OfReroutes();
    }

    private string? OfAnswers(List<Origin> letters)
    {
        List<Enrichment> all = [];
        foreach (var topic in world.Broker.Of(world.Topics.Enrichments))
        {
            foreach (var record in topic.Visible())
            {
                Assert.True(_decoder.TryDecode(record.Value, out var answer));
                if (Murmur2.PartitionOf(answer.AccountId, world.Partitions) != topic.Partition.Partition.Value)
                    return $"{AlertKey.Of(answer)} is answered in {topic.Partition}";
                all.Add(answer);
            }
        }
        var answers = all.ToLookup(AlertKey.Of);
        var expected = Expected(letters);
        foreach (var (key, settled) in expected)
        {
            var of = answers[key].ToList();
            if (Broken(of) is { } broken)
                return $"{key}: {broken}: {string.Join(" ", of.Select(e => $"r{e.Revision}{(e.Settled ? "!" : "")}"))}";
            if (AnswerDiff.Of(settled, of[^1]) is { } difference)
                return difference;
        }
        return answers.FirstOrDefault(a => !expected.ContainsKey(a.Key)) is { } odd ? $"{odd.Key} is answered and should not be" : null;
    }

    /// <summary>A first answer, changes, a settled one; revisions grow, but that the settled one may repeat the last.</summary>
    private static string? Broken(List<Enrichment> of)
    {
        if (of.Count < 2)
            return $"{of.Count} answers";
        if (of.Count(e => e.Settled) != 1 || !of[^1].Settled)
            return "not one settled answer at the end";
        return of.SkipLast(1).Zip(of.Skip(1)).Any(p => p.First.Revision > p.Second.Revision - (p.Second.Settled ? 0 : 1)) ? "revisions do not grow" : null;
    }

    private Dictionary<AlertKey, Enrichment> Expected(List<Origin> letters)
    {
        var expected = new Dictionary<AlertKey, Enrichment>();
        var joined = log.Arrivals.Where(a => a.Destiny == Destiny.Joined).GroupBy(a => a.To.Partition.Value).Select(g => g.Select(a => a.Record!).ToList());
        // One that was sent on is alone in its account; late where it belongs, it has no answer.
        var strays = log.Arrivals.Where(a => a.Destiny == Destiny.SentOn && !letters.Exists(l => l.Reason == "LATE" && l.Before == OriginOf(a))).Select(a => new List<LogRecord> { a.Record! });
        foreach (var records in joined.Concat(strays))
        {
            Assert.DoesNotContain(Topology.Oracle.Fate.Late, new NaiveReading(records, log.Case.Settings).Fates);
            foreach (var (key, answer) in NaiveOracle.Settled(records, log.Tables, log.Case.Settings))
                expected.Add(key, answer);
        }
        return expected;
    }

    private string? OfDeadLetters(List<Origin> letters)
    {
        var dead = log.Arrivals.Where(a => a.Destiny == Destiny.Dead).Select(OriginOf).ToHashSet();
        foreach (var of in letters.Where(l => l.Before is null || l.Reason != "LATE").GroupBy(l => l.Place))
        {
            if (of.Count() > 1 || !dead.Remove(of.Key))
                return $"{of.Key} is {of.Count()} times in dead-letters: {of.First().Reason}";
        }
        if (dead.Count > 0)
            return $"not in dead-letters: {string.Join(", ", dead)}";
        return letters.GroupBy(l => l.Place).FirstOrDefault(g => g.Count() > 1) is { } twice ? $"{twice.Key} is {twice.Count()} times in dead-letters" : null;
    }

    private string? OfReroutes()
    {
        var sent = log.Arrivals.Where(a => a.Destiny == Destiny.SentOn).ToDictionary(OriginOf, a => a.Record!.AccountId);
        foreach (var input in world.Inputs)
        {
            foreach (var record in input.Ever().Where(r => r.Transaction is not null))
            {
                var from = Encoding.UTF8.GetString(record.Headers!.GetLastBytes(Rerouting.Header));
                if (!sent.Remove(from, out var account))
                    return $"{from} was sent on to {input.Partition}, twice or without need";
                if (Murmur2.PartitionOf(account, world.Partitions) != input.Partition.Partition.Value)
                    return $"{from} was sent on to {input.Partition}, which is not its account's";
            }
        }
        return sent.Count == 0 ? null : $"not sent on: {string.Join(", ", sent.Keys)}";
    }

    private string OriginOf(Arrival arrival) => $"{arrival.To.Topic}/{arrival.To.Partition.Value}/{offsets[arrival]}";

    /// <summary>Where a dead letter was, and where it was sent on from, if it was.</summary>
    private sealed record Origin(string Place, string? Before, string Reason)
    {
        public static Origin OfLetter(ModelRecord record)
        {
            var before = record.Headers!.TryGetLastBytes(Rerouting.Header, out var from) ? Encoding.UTF8.GetString(from) : null;
            return new($"{Text(DeadLetters.TopicHeader)}/{Text(DeadLetters.PartitionHeader)}/{Text(DeadLetters.OffsetHeader)}", before, Text(DeadLetters.ReasonHeader));

            string Text(string header) => Encoding.UTF8.GetString(record.Headers!.GetLastBytes(header));
        }
    }
}
