using StreamDeploy.Schemas;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>What a reader of the answers must never see.</summary>
internal enum Flaw
{
    /// <summary>The same alert, revision and settled flag, committed twice.</summary>
    Duplicate,

    /// <summary>An answer after the settled one.</summary>
    AfterSettled,

    /// <summary>A revision that is not above the one before it. Only the settled answer may repeat it.</summary>
    RevisionBack,

    /// <summary>A settled answer that is not the oracle's.</summary>
    Different,

    /// <summary>An answer to an alert that has none.</summary>
    Unexpected,

    /// <summary>An alert without a first answer.</summary>
    NoFirst,

    /// <summary>An alert without a settled answer.</summary>
    NoSettled,

    /// <summary>A record that was put aside, though the log has none that should be.</summary>
    DeadLetter,
}

/// <summary>Holds the committed answers, in the order of their partitions, against the oracle's.</summary>
internal sealed class AnswerCheck(IReadOnlyDictionary<AlertKey, Enrichment> expected)
{
    private const int ExamplesMax = 5;

    private readonly Dictionary<AlertKey, Seen> _seen = [];
    private readonly HashSet<(AlertKey, long, bool)> _emissions = [];
    private readonly Dictionary<Flaw, int> _counts = [];
    private readonly Dictionary<Flaw, List<string>> _examples = [];

    public int Answers { get; private set; }

    /// <summary>How many of the oracle's alerts have a settled answer.</summary>
    public int SettledAlerts { get; private set; }

    public bool AllSettled => SettledAlerts == expected.Count;

    public bool IsFlawless => _counts.Count == 0;

    public int Count(Flaw flaw) => _counts.GetValueOrDefault(flaw);

    public IReadOnlyList<string> Examples(Flaw flaw) => _examples.GetValueOrDefault(flaw) ?? [];

    public void Take(Enrichment answer)
    {
        Answers++;
        var key = AlertKey.Of(answer);
        if (!expected.TryGetValue(key, out var oracle))
        {
            Note(Flaw.Unexpected, Name(answer));
            return;
        }
        if (!_seen.TryGetValue(key, out var seen))
            _seen[key] = seen = new Seen();
        var isNew = _emissions.Add((key, answer.Revision, answer.Settled));
        if (!isNew)
            Note(Flaw.Duplicate, Name(answer));
        if (seen.HasSettled)
            Note(Flaw.AfterSettled, Name(answer));
        else if (isNew && (answer.Settled ? answer.Revision < seen.Revision : answer.Revision <= seen.Revision))
            Note(Flaw.RevisionBack, $"{Name(answer)} after revision {seen.Revision}");
        if (answer.Settled && AnswerDiff.Of(oracle, answer) is { } difference)
            Note(Flaw.Different, difference);

        SettledAlerts += answer.Settled && !seen.HasSettled ? 1 : 0;
        seen.HasFirst |= !answer.Settled;
        seen.HasSettled |= answer.Settled;
        seen.Revision = answer.Revision;
    }

    public void TakeDeadLetter(string description) => Note(Flaw.DeadLetter, description);

    /// <summary>Nothing more will come: what is not there now is missing.</summary>
    public void Finish()
    {
        foreach (var key in expected.Keys)
        {
            var seen = _seen.GetValueOrDefault(key);
            if (seen is not { HasFirst: true })
                Note(Flaw.NoFirst, Name(key));
            if (seen is not { HasSettled: true })
                Note(Flaw.NoSettled, Name(key));
        }
    }

    private void Note(Flaw flaw, string example)
    {
        _counts[flaw] = Count(flaw) + 1;
        if (!_examples.TryGetValue(flaw, out var examples))
            _examples[flaw] = examples = [];
        if (examples.Count < ExamplesMax)
            examples.Add(example);
    }

    private static string Name(AlertKey key) => $"{key.AccountId}/{key.AlertId}@{key.OccurredAtMs}";

    private static string Name(Enrichment answer) => $"{Name(AlertKey.Of(answer))} revision {answer.Revision}{(answer.Settled ? " settled" : "")}";

    /// <summary>What has been seen of one alert.</summary>
    private sealed class Seen
    {
        public bool HasFirst { get; set; }

        public bool HasSettled { get; set; }

        public long Revision { get; set; } = -1;
    }
}
