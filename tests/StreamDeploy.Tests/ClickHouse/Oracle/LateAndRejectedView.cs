namespace StreamDeploy.Tests.ClickHouse.Oracle;

/// <summary>late_and_rejected.</summary>
internal static class LateAndRejectedView
{
    public static IEnumerable<OracleRow> Rows(OracleInput input) =>
        from letter in input.Letters
        group letter by (letter.Event.AccountId, Day: Calendar.Day(letter.ArrivedMs), letter.Event.Topic, letter.Event.Reason, letter.Event.Reader) into letters
        let last = letters.OrderBy(letter => letter.ArrivedMs).ThenBy(letter => letter.Partition).ThenBy(letter => letter.Offset).Last()
        select new OracleRow
        {
            ["account_id"] = letters.Key.AccountId,
            ["day"] = letters.Key.Day,
            ["topic"] = letters.Key.Topic,
            ["reason"] = letters.Key.Reason,
            ["reader"] = letters.Key.Reader,
            ["records"] = letters.Select(letter => (letter.Event.RecordPartition, letter.Event.RecordOffset, letter.Event.RecordArrivedMs)).Distinct().Count(),
            ["last_at"] = Calendar.Time(last.ArrivedMs),
            ["last_error"] = last.Event.Error,
        };
}
