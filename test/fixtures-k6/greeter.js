import grpc from 'k6/net/grpc';

const client = new grpc.Client();
client.load(['proto'], 'greeter.proto');

export const options = { vus: 2, duration: '2s' };

let connected = false;

export default function () {
  if (!connected) client.connect(__ENV.BASE_URL.replace('http://', ''), { plaintext: true });
  connected = true;
  client.invoke('greet.Greeter/Hello', { name: 'world' });
}
