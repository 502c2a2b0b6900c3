using System.Globalization;
using StreamDeploy.Cli.Settings;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Cli.Claims;

/// <summary>One account's entries in all their versions, picked out of the tables of all accounts.</summary>
internal sealed class AccountEntries(string accountId)
{
    private const int ListedMax = 20;

    private readonly HashSet<string> _accounts = new(StringComparer.Ordinal);
    private readonly List<TableChange> _changes = [];
    private readonly Dictionary<(Type Type, long Id), object?> _latest = [];

    /// <summary>The pipelines there are now.</summary>
    public IReadOnlyList<DeploymentPipeline> Pipelines => [.. Latest<DeploymentPipeline>().OrderBy(pipeline => pipeline.Id)];

    public void Apply(TableChange change)
    {
        if (change.Value is not null) _accounts.Add(change.AccountId);
        if (change.AccountId != accountId) return;
        _changes.Add(change);
        _latest[(change.Type, change.Id)] = change.Value;
    }

    public void CheckAccount()
    {
        if (_accounts.Contains(accountId)) return;
        throw new SettingException(_accounts.Count == 0
            ? $"--account {accountId}: the tables are empty, there is no account at all."
            : $"--account {accountId}: there is no such account. There are: {Some(_accounts.Order(StringComparer.Ordinal))}.");
    }

    /// <summary>By id or name; a team that something belongs to needs no entry of its own.</summary>
    public Named Team(string text)
    {
        var named = Latest<Team>().ToDictionary(team => team.Id, team => team.Name);
        var meant = Latest<DeploymentPipeline>().SelectMany(pipeline => pipeline.TeamIds)
            .Concat(Latest<AlertSource>().SelectMany(source => source.TeamIds)).Concat(Latest<EscalationPolicy>().SelectMany(policy => policy.TeamIds));
        return Find("--team", "team", text, [.. named.Keys.Union(meant).Order().Select(id => new Named(id, named.GetValueOrDefault(id, "")))]);
    }

    /// <summary>By ids or names, each once.</summary>
    public IReadOnlyList<Named> PipelinesOf(IEnumerable<string> texts)
    {
        Named[] all = [.. Pipelines.Select(NameOf)];
        return [.. texts.Select(text => Find("--pipeline", "deployment pipeline", text, all)).Distinct()];
    }

    public Named Pipeline(long id) => _latest.GetValueOrDefault((typeof(DeploymentPipeline), id)) is DeploymentPipeline pipeline ? NameOf(pipeline) : new Named(id, "");

    public void Fill(ClaimTables tables)
    {
        foreach (var change in _changes) tables.Apply(change);
    }

    private static Named NameOf(DeploymentPipeline pipeline) => new(pipeline.Id, pipeline.Name);

    private Named Find(string flag, string what, string text, Named[] all)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) && Array.Find(all, entry => entry.Id == id) is { } found) return found;
        Named[] named = [.. all.Where(entry => entry.Name.Length > 0 && string.Equals(entry.Name, text, StringComparison.OrdinalIgnoreCase))];
        return named.Length switch
        {
            1 => named[0],
            > 1 => throw new SettingException($"{flag} {text}: account {accountId} has several of that name, give the id: {Some(named)}."),
            _ when all.Length == 0 => throw new SettingException($"{flag} {text}: account {accountId} has no {what} at all."),
            _ => throw new SettingException($"{flag} {text}: account {accountId} has no such {what}. There are: {Some(all)}."),
        };
    }

    private IEnumerable<T> Latest<T>() => _latest.Values.OfType<T>();

    private static string Some(IEnumerable<object> all)
    {
        object[] listed = [.. all];
        return string.Join(", ", listed.Take(ListedMax)) + (listed.Length > ListedMax ? $" and {listed.Length - ListedMax} more" : "");
    }
}
