using System.Text.RegularExpressions;

namespace StreamDeploy.Tests.ClickHouse.History;

/// <summary>What a query reads of a table, as <c>EXPLAIN indexes = 1</c> tells.</summary>
/// <param name="Table">With its database.</param>
/// <param name="Condition">On the sorting key; true where all of it is read.</param>
internal sealed partial record TableRead(string Table, string Condition)
{
    /// <summary>Of the sorting key the account first and a day or time second: nothing is read that an account's span of days does not need.</summary>
    public bool IsOfAccountAndDays(string account) => IsOfAccount(account) && DayOrTime().IsMatch(Condition);

    /// <summary>What dora_daily does besides: a rollback may come on any later day, so that it looks at all of the account's.</summary>
    public bool IsOfRollbacks(string account, string sql) => Table.EndsWith(".deployment_states", StringComparison.Ordinal) && sql.Contains("dora_daily", StringComparison.Ordinal) && IsOfAccount(account);

    private bool IsOfAccount(string account) => Condition.Contains($"account_id in ['{account}', '{account}']", StringComparison.Ordinal);

    public static async Task<IReadOnlyList<TableRead>> OfAsync(LoadedWeek week, string sql, string url = "")
    {
        string plan = await week.AskAsync("EXPLAIN indexes = 1 " + sql + " FORMAT TSVRaw", url);
        TableRead[] reads = [.. plan.Split("ReadFromMergeTree")[1..].Select(read => new TableRead(Name().Match(read).Groups[1].Value, PrimaryKeyCondition().Match(read).Groups[1].Value))];
        Assert.NotEmpty(reads);
        return reads;
    }

    [GeneratedRegex(@"^ \(([\w.]+)\)")]
    private static partial Regex Name();

    [GeneratedRegex(@"PrimaryKey\b[\s\S]*?Condition: ([^\n]+)")]
    private static partial Regex PrimaryKeyCondition();

    [GeneratedRegex(@"\b(day|(alert_)?occurred_at)\b")]
    private static partial Regex DayOrTime();
}
