using streamdeploy;

namespace Samples;

/// <summary>Which version of each answer was handled last. A database does the same with an upsert that compares revision and settled.</summary>
public sealed class LatestAnswers(int alertsMax = 100_000)
{
    private readonly Dictionary<(string AccountId, string AlertId, DateTime OccurredAt), (long Revision, bool Settled)> _latest = [];
    private readonly Queue<(string, string, DateTime)> _oldestFirst = [];

    /// <summary>False for a version that came before, or that an earlier one has overtaken.</summary>
    public bool Take(Enrichment answer)
    {
        // An alert that is closed and fires again under the same id is another alert.
        var identity = (answer.accountId, answer.alertId, answer.alertOccurredAt);
        var version = (answer.revision, answer.settled);
        if (_latest.TryGetValue(identity, out var known))
        {
            // The settled answer may repeat the last revision; of the two it counts.
            if (version.CompareTo(known) <= 0)
                return false;
        }
        else
        {
            _oldestFirst.Enqueue(identity);
            if (_oldestFirst.Count > alertsMax)
                _latest.Remove(_oldestFirst.Dequeue());
        }
        _latest[identity] = version;
        return true;
    }
}
