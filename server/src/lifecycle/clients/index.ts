export { type ClientPlan } from './client.ts';
export { simulateFirstContact, type FirstContact } from './first-contact.ts';
export { simulateElection, type Candidate, type ElectionPlan } from './leader-election.ts';
export {
  type ClientEntry,
  type EndpointChange,
  type EndpointState,
  type NetworkPod,
} from './network.ts';
export { type PolicyPeer } from './network-policy.ts';
export { simulateClients, type ClientScenario } from './simulate.ts';
