import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import { uuid } from './recorded-event.js';
import type { Endpoint } from './rpc-errors.js';

/** How a member of a cluster shows itself in the gossip. */
export interface Member extends Endpoint {
  readonly instanceId: string;
  readonly isLeader: boolean;
  readonly isAlive: boolean;
}

const STREAMS = 'event_store.client.streams.streams';

/** What the double says it can do: clients ask before they use the batch append. */
export function supportedMethods(version: string): features.SupportedMethods {
  const supported = new features.SupportedMethods();
  supported.setEventStoreServerVersion(version);
  const methods: readonly [name: string, features: string[]][] = [
    ['append', []],
    ['batchappend', []],
    ['read', ['position', 'events']],
    ['delete', []],
    ['tombstone', []],
  ];
  for (const [name, featuresOfMethod] of methods) {
    const method = new features.SupportedMethod();
    method.setServiceName(STREAMS);
    method.setMethodName(name);
    method.setFeaturesList(featuresOfMethod);
    supported.addMethods(method);
  }
  return supported;
}

export function clusterInfo(members: readonly Member[]): gossip.ClusterInfo {
  const info = new gossip.ClusterInfo();
  const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
  for (const member of members) {
    const endpoint = new gossip.EndPoint();
    endpoint.setAddress(member.host);
    endpoint.setPort(member.port);
    const listed = new gossip.MemberInfo();
    listed.setInstanceId(uuid(member.instanceId));
    listed.setTimeStamp(`${Date.now()}0000`);
    listed.setState(member.isLeader ? LEADER : FOLLOWER);
    listed.setIsAlive(member.isAlive);
    listed.setHttpEndPoint(endpoint);
    info.addMembers(listed);
  }
  return info;
}
