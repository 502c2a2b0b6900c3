using System.Buffers.Binary;
using System.Text;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>The partition of a key, as Kafka's Java clients choose it: what puts an account's deployments and alerts side by side.</summary>
/// <remarks>Java's <c>Utils.toPositive(Utils.murmur2(key)) % partitions</c>; librdkafka's own default is CRC32, its <c>murmur2_random</c> is this.</remarks>
public static class Murmur2
{
    private const uint Seed = 0x9747b28c;
    private const uint M = 0x5bd1e995;
    private const int R = 24;

    public static int PartitionOf(string key, int partitions) => PartitionOf(Encoding.UTF8.GetBytes(key), partitions);

    public static int PartitionOf(ReadOnlySpan<byte> key, int partitions) => (Hash(key) & 0x7fffffff) % partitions;

    public static int Hash(ReadOnlySpan<byte> data)
    {
        var h = Seed ^ (uint)data.Length;
        var rest = data;
        for (; rest.Length >= 4; rest = rest[4..])
        {
            var k = BinaryPrimitives.ReadUInt32LittleEndian(rest) * M;
            k = (k ^ (k >> R)) * M;
            h = (h * M) ^ k;
        }
        // Java's switch falls through: the last one to three bytes go in low byte first.
        if (rest.Length > 0)
        {
            for (var i = 0; i < rest.Length; i++)
                h ^= (uint)rest[i] << (8 * i);
            h *= M;
        }
        h = (h ^ (h >> 13)) * M;
        return (int)(h ^ (h >> 15));
    }
}
