using Xunit.Abstractions;
using Xunit.Sdk;

namespace StreamDeploy.IntegrationTests.Servers;

/// <summary>Says of every test with real servers which broker it takes, for filters: <c>--filter Broker=Any</c> or <c>Broker=Command</c>.</summary>
public sealed class BrokerTrait : ITraitDiscoverer
{
    public IEnumerable<KeyValuePair<string, string>> GetTraits(IAttributeInfo traitAttribute)
    {
        var variables = (IEnumerable<object>)traitAttribute.GetConstructorArguments().Single();
        yield return new("Broker", variables.Any() ? "Command" : "Any");
    }
}
