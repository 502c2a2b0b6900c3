using System.Text;
using StreamDeploy.Schemas;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace StreamDeploy.Connectors.Webhooks;

/// <summary>From a catalog file's text to the <see cref="Catalog"/>, or to the list of everything that is wrong with it.</summary>
internal sealed class CatalogFile(string path, SecretReferences secrets)
{
    private readonly YamlProblems _problems = new(path);
    private readonly List<Account> _accounts = [];
    private readonly List<Team> _teams = [];
    private readonly List<EscalationPolicy> _policies = [];
    private readonly List<CatalogAlertSource> _sources = [];
    private readonly List<CatalogPipeline> _pipelines = [];
    private readonly List<ApiKey> _apiKeys = [];
    private readonly Dictionary<string, string> _keyOwners = new(StringComparer.Ordinal);

    public Catalog Read(string text)
    {
        if (Root(text) is { } root)
        {
            var fields = new YamlFields(root, "", _problems);
            foreach (var (item, itemPath) in fields.List("accounts"))
                ReadAccount(new YamlFields(item, itemPath, _problems));
            if (_accounts.Count == 0 && !_problems.Any)
                fields.Problem("accounts", "is missing or empty");
            fields.RefuseUnknown();
        }

        if (_problems.Any)
            throw new CatalogException(_problems.ToString());
        return new Catalog
        {
            Accounts = _accounts,
            Teams = _teams,
            EscalationPolicies = _policies,
            AlertSources = _sources,
            DeploymentPipelines = _pipelines,
            ApiKeys = _apiKeys,
        };
    }

    private YamlNode? Root(string text)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException problem)
        {
            _problems.Add(problem.Start, "", "is not YAML: " + problem.Message);
            return null;
        }

        if (stream.Documents.Count == 1)
            return stream.Documents[0].RootNode;
        _problems.Add(Mark.Empty, "", stream.Documents.Count == 0 ? "is empty" : "must hold one YAML document");
        return null;
    }

    private void ReadAccount(YamlFields fields)
    {
        var account = new Account
        {
            AccountId = fields.RequiredText("accountId"),
            Name = fields.Text("name") ?? "",
            BeforeMs = fields.Duration("before"),
            ValidFromMs = fields.Time("validFrom"),
        };
        if (_accounts.Exists(known => known.AccountId == account.AccountId))
            fields.Problem("accountId", $"a second account '{account.AccountId}'");
        _accounts.Add(account);

        var teamIds = new HashSet<long>();
        ReadEach(fields, "teams", teamIds, (entry, id) => _teams.Add(new Team
        {
            AccountId = account.AccountId,
            Id = id,
            Name = entry.RequiredText("name"),
            ValidFromMs = entry.Time("validFrom"),
        }));
        var policyIds = new HashSet<long>();
        ReadEach(fields, "escalationPolicies", policyIds, (entry, id) => _policies.Add(new EscalationPolicy
        {
            AccountId = account.AccountId,
            Id = id,
            Name = entry.RequiredText("name"),
            TeamIds = TeamIds(entry, teamIds),
            ValidFromMs = entry.Time("validFrom"),
        }));
        ReadEach(fields, "alertSources", [], (entry, id) => _sources.Add(AlertSource(entry, account.AccountId, id, teamIds, policyIds)));
        ReadEach(fields, "deploymentPipelines", [], (entry, id) => _pipelines.Add(Pipeline(entry, account.AccountId, id, teamIds)));
        ReadEach(fields, "apiKeys", [], (entry, id) => _apiKeys.Add(ApiKeyOf(entry, account.AccountId, id)));
        fields.RefuseUnknown();
    }

    private ApiKey ApiKeyOf(YamlFields entry, string accountId, long id)
    {
        var scopes = new List<ApiScope>();
        foreach (var (text, at, itemPath) in entry.TextList("scopes"))
        {
            if (Enum.TryParse<ApiScope>(text, out var scope) && scope != ApiScope.NONE && Enum.IsDefined(scope))
                scopes.Add(scope);
            else
                _problems.Add(at, itemPath, "must be one of READ, WRITE, ADMIN, INGEST");
        }

        if (scopes.Count == 0)
            entry.Problem("scopes", "is missing or empty");
        return new ApiKey { AccountId = accountId, Id = id, Name = entry.RequiredText("name"), Hash = KeyHash(entry, IntegrationType.API, "key") ?? "", Scopes = [.. scopes] };
    }

    private void ReadEach(YamlFields account, string list, HashSet<long> ids, Action<YamlFields, long> add)
    {
        foreach (var (item, itemPath) in account.List(list))
        {
            var entry = new YamlFields(item, itemPath, _problems);
            var id = entry.RequiredId("id");
            if (id > 0 && !ids.Add(id))
                entry.Problem("id", $"a second entry {id} in {list}");
            add(entry, id);
            entry.RefuseUnknown();
        }
    }

    private CatalogAlertSource AlertSource(YamlFields entry, string accountId, long id, HashSet<long> teamIds, HashSet<long> policyIds)
    {
        var type = entry.OneOf("integrationType", IntegrationType.API, [IntegrationType.API, .. Providers.OfAlerts.Select(provider => provider.Type), IntegrationType.OTHER]);
        var policyId = entry.Id("escalationPolicyId");
        if (policyId is { } policy && !policyIds.Contains(policy))
            entry.Problem("escalationPolicyId", $"there is no escalation policy {policy} in this account");
        var record = new AlertSource
        {
            AccountId = accountId,
            Id = id,
            Name = entry.RequiredText("name"),
            IntegrationType = type,
            IntegrationKeyHash = KeyHash(entry, type),
            TeamIds = TeamIds(entry, teamIds),
            EscalationPolicyId = policyId,
            ServiceLabels = [.. entry.TextList("serviceLabels").Select(label => label.Text)],
            EnvironmentLabels = [.. entry.TextList("environmentLabels").Select(label => label.Text)],
            ValidFromMs = entry.Time("validFrom"),
        };
        var source = new CatalogAlertSource(record) { SigningSecrets = SigningSecrets(entry) };
        if (source.SigningSecrets.Count > 0 && !Providers.OfAlerts.Any(provider => provider.Type == type))
            entry.Problem("signingSecrets", $"is for webhooks of {string.Join(", ", Providers.OfAlerts.Select(provider => provider.Type))}; this source is {type}");
        if (record.ServiceLabels.Length + record.EnvironmentLabels.Length > 0 && type == IntegrationType.OTHER)
            entry.Problem("serviceLabels", "is for alerts that come over HTTP; those of type OTHER are written to Kafka");
        return source;
    }

    private CatalogPipeline Pipeline(YamlFields entry, string accountId, long id, HashSet<long> teamIds)
    {
        var type = entry.OneOf(
            "integrationType", IntegrationType.API,
            [IntegrationType.API, .. Providers.OfDeployments.Select(provider => provider.Type), IntegrationType.PAGERDUTY, IntegrationType.OTHER]);
        var events = Providers.EventsOf(type);
        var record = new DeploymentPipeline
        {
            AccountId = accountId,
            Id = id,
            Name = entry.RequiredText("name"),
            IntegrationType = type,
            IntegrationKeyHash = KeyHash(entry, type),
            TeamIds = TeamIds(entry, teamIds),
            Shared = entry.Flag("shared"),
            BranchFilters = [.. entry.TextList("branchFilters").Select(filter => filter.Text)],
            EventFilters = EventFilters(entry, events),
            Service = entry.Text("service"),
            BeforeMs = entry.Duration("before"),
            ValidFromMs = entry.Time("validFrom"),
        };
        var pipeline = new CatalogPipeline(record) { SigningSecrets = SigningSecrets(entry) };
        if (pipeline.SigningSecrets.Count > 0 && !Providers.OfDeployments.Any(provider => provider.Type == type))
            entry.Problem("signingSecrets", $"is for webhooks of {string.Join(", ", Providers.OfDeployments.Select(provider => provider.Type))}; this pipeline is {type}");
        if (record.EventFilters.Length > 0 && events.Count == 0)
            entry.Problem("eventFilters", $"is for GITHUB, GITLAB and CDEVENTS pipelines; this one is {type}");
        if (record.BranchFilters.Length > 0 && !Providers.HasBranches(type))
            entry.Problem("branchFilters", $"is for GITHUB and GITLAB pipelines; this one is {type}");
        if (type != IntegrationType.ARGOCD && record.Service?.Contains(CatalogPipeline.ApplicationMark, StringComparison.Ordinal) == true)
            entry.Problem("service", $"{CatalogPipeline.ApplicationMark} stands for the application of an ARGOCD pipeline; this one is {type}");

        return pipeline;
    }

    // A pipeline or source of type OTHER has no key: its events are written to Kafka by their producer.
    private string? KeyHash(YamlFields entry, IntegrationType type, string name = "integrationKey")
    {
        if (entry.Text(name, 4096) is not { } reference)
        {
            if (type != IntegrationType.OTHER)
                entry.Problem(name, "is missing");
            return null;
        }

        if (type == IntegrationType.OTHER)
            entry.Problem(name, "is for events that come over HTTP; those of type OTHER are written to Kafka");
        if (secrets.Resolve(reference, out var problem) is not { } key)
        {
            entry.Problem(name, problem);
            return null;
        }

        if (!IntegrationKey.IsWellFormed(key))
            entry.Problem(name, $"must be {IntegrationKey.LengthMin} to {IntegrationKey.LengthMax} letters, digits or any of - _ . ~");
        var hash = IntegrationKey.Hash(key);
        if (!_keyOwners.TryAdd(hash, entry.PathOf(name)))
            entry.Problem(name, $"is the key of {_keyOwners[hash]} already");
        return hash;
    }

    private List<SigningSecret> SigningSecrets(YamlFields entry)
    {
        var found = new List<SigningSecret>();
        foreach (var (reference, at, itemPath) in entry.TextList("signingSecrets"))
        {
            if (secrets.Resolve(reference, out var problem) is not { } secret)
                _problems.Add(at, itemPath, problem);
            else if (!GitLabProof.IsWellFormed(secret))
                _problems.Add(at, itemPath, "begins with whsec_, but does not go on in base64");
            else
                found.Add(new SigningSecret(Encoding.UTF8.GetBytes(secret)));
        }

        return found;
    }

    private string[] EventFilters(YamlFields entry, IReadOnlyList<string> events)
    {
        var filters = entry.TextList("eventFilters");
        foreach (var (filter, at, itemPath) in filters)
        {
            if (events.Count > 0 && !events.Contains(filter))
                _problems.Add(at, itemPath, $"must be one of {string.Join(", ", events)}");
        }

        return [.. filters.Select(filter => filter.Text)];
    }

    private long[] TeamIds(YamlFields entry, HashSet<long> teamIds)
    {
        var ids = entry.IdList("teamIds");
        foreach (var (id, at, itemPath) in ids)
        {
            if (!teamIds.Contains(id))
                _problems.Add(at, itemPath, $"there is no team {id} in this account");
        }

        return [.. ids.Select(entryId => entryId.Id)];
    }
}
