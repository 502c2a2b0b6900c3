using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>An entry as it stands in its table.</summary>
internal sealed record Entry<T>(T Value, TableVersion Version)
{
    /// <summary>The same on every instance: where in its topic the version stands.</summary>
    public string ETag { get; } = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"\"{Version.Partition}-{Version.Offset}\"");
}

/// <summary>One table's entries of all accounts. One writes, many read.</summary>
internal sealed class EntityTable<T>
    where T : class
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, SortedDictionary<long, Entry<T>>> _accounts = new(StringComparer.Ordinal);

    public Entry<T>? Find(string accountId, long id)
    {
        lock (_lock)
            return _accounts.TryGetValue(accountId, out var entries) ? entries.GetValueOrDefault(id) : null;
    }

    /// <summary>An account's entries by rising id.</summary>
    public List<Entry<T>> Of(string accountId)
    {
        lock (_lock)
            return _accounts.TryGetValue(accountId, out var entries) ? [.. entries.Values] : [];
    }

    public List<Entry<T>> All()
    {
        lock (_lock)
            return [.. _accounts.OrderBy(account => account.Key, StringComparer.Ordinal).SelectMany(account => account.Value.Values)];
    }

    /// <returns>The entry that stood there before.</returns>
    public Entry<T>? Put(string accountId, long id, Entry<T>? entry)
    {
        lock (_lock)
        {
            var before = _accounts.TryGetValue(accountId, out var entries) ? entries.GetValueOrDefault(id) : null;
            if (entry is not null)
            {
                if (entries is null)
                    _accounts[accountId] = entries = [];
                entries[id] = entry;
            }
            else if (entries?.Remove(id) == true && entries.Count == 0)
            {
                _accounts.Remove(accountId);
            }

            return before;
        }
    }
}
